import type { V1Container } from '@kubernetes/client-node';
import { initialCluster, peerUrl } from '../control-plane/etcd/members.js';
import { manifestsIn } from '../kube/manifests.js';
import type { Json, KubeObject } from '../kube/types.js';
import { labels } from '../model/names.js';

const manifests = manifestsIn('backup');
const REVISION = 'berth.dev/revision';

export interface RestorePodInput {
  namespace: string;
  /** Operation that restores. */
  operation: string;
  /** Names of all members; the first is `etcd-0`. */
  members: readonly string[];
  /** The one this pod is for. */
  member: string;
  etcdImage: string;
  transferImage: string;
  /** Length of the snapshot. */
  bytes: number;
  /** Of the snapshot. */
  snapshotRevision: number;
  /**
   * Where etcd goes on. Beyond all that clients have seen: an informer that comes
   * back with a revision of before is told that it is too old, and lists anew, instead of missing what happens
   * until the revision is reached again.
   */
  revision: number;
}

/** The pod that restores one member. Pure. */
export function restorePod(input: RestorePodInput): KubeObject {
  const [pod] = manifests('restore.pod.yaml');
  if (!pod) throw new Error('manifests/backup/restore.pod.yaml is empty');
  const spec = pod['spec'] as PodSpec;
  for (const container of [...spec.initContainers, ...spec.containers]) {
    container.image = container.image === 'etcd' ? input.etcdImage : input.transferImage;
    if (container.name === 'receive')
      container.env = [{ name: 'SNAPSHOT_BYTES', value: String(input.bytes) }];
    if (container.name === 'restore') container.args = restoreArguments(input);
  }
  spec.volumes.push({ name: 'data', persistentVolumeClaim: { claimName: claimName(input.member) } });
  pod.metadata.name = restorePodName(input.member);
  pod.metadata.namespace = input.namespace;
  pod.metadata.labels = { [labels.restore]: input.operation };
  pod.metadata.annotations = { [REVISION]: String(input.revision) };
  return pod;
}

/** The revision that a pod of a restore takes etcd to. */
export function revisionOfPod({ metadata }: Pick<KubeObject, 'metadata'>): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

export function restorePodName(member: string): string {
  return `${member}-restore`;
}

/** A StatefulSet names the claims of its pods after template and pod. */
export function claimName(member: string): string {
  return `data-${member}`;
}

interface PodSpec {
  initContainers: Json<V1Container>[];
  containers: Json<V1Container>[];
  volumes: object[];
}

/** The member identities follow from names, URLs and token: the same as the masters' manifest has. */
function restoreArguments({
  namespace,
  members,
  member,
  revision,
  snapshotRevision,
}: RestorePodInput): string[] {
  return [
    '--data-dir=/var/lib/etcd/restored',
    `--name=${member}`,
    `--initial-cluster=${initialCluster(members, namespace)}`,
    `--initial-cluster-token=${namespace}`,
    `--initial-advertise-peer-urls=${peerUrl(member, namespace)}`,
    `--bump-revision=${revision - snapshotRevision}`,
    '--mark-compacted',
  ];
}
