/** Which claims the provisioner serves, and the volume it makes for one. Pure. */
import type { resources } from '../../kube/resources.js';
import type { Resource } from '../../kube/types.js';

export const PROVISIONER = 'berth.dev/local';
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

type ObjectOf<R> = R extends Resource<infer T> ? T : never;
export type Claim = ObjectOf<typeof resources.PersistentVolumeClaim>;
export type Volume = ObjectOf<typeof resources.PersistentVolume>;
export type StorageClass = ObjectOf<typeof resources.StorageClass>;

/** A claim of one of our classes that has no volume yet. */
export function needsVolume(claim: Claim, storageClass: StorageClass | undefined): boolean {
  return (
    storageClass?.provisioner === PROVISIONER &&
    !claim.spec?.volumeName &&
    claim.metadata.deletionTimestamp === undefined
  );
}

/** A volume of ours whose claim is gone and whose content nobody wants to keep. */
export function isAbandoned(volume: Volume): boolean {
  return (
    volume.metadata.annotations?.[PROVISIONED_BY] === PROVISIONER &&
    volume.status?.phase === 'Released' &&
    volume.spec?.persistentVolumeReclaimPolicy === 'Delete'
  );
}

/** The name is that of the claim's life, so a claim made again under its old name gets a new volume. */
export function volumeName(claim: Claim): string {
  return `pvc-${claim.metadata.uid ?? ''}`;
}

/** A directory of `node`, reserved for the claim. Kubernetes itself does the binding. */
export function volumeFor(claim: Claim, storageClass: StorageClass, path: string, node: string): Volume {
  const { name, namespace, uid } = claim.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName(claim), annotations: { [PROVISIONED_BY]: PROVISIONER } },
    spec: {
      storageClassName: storageClass.metadata.name,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      accessModes: claim.spec?.accessModes,
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '1Gi' },
      volumeMode: 'Filesystem',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  };
}
