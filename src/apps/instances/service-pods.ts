/** What of a hosted cluster belongs to which service: what its releases applied, and what came of that. */
import type { KubeClient } from '../../kube/client.js';
import { type Pod, resources } from '../../kube/resources.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { InventoryEntry } from '../../model/release.js';

/** The inventory of each service, as its last release left it. */
export type Inventories = ReadonlyMap<string, readonly InventoryEntry[]>;

export interface Belongings {
  pods: readonly { service: string; pod: Pod }[];
  /** The service of an object that is there, by its UID; undefined for objects of others. */
  serviceOf: (uid: string | undefined) => string | undefined;
}

/** What stands between an applied object and its pods: controllers of Kubernetes, and workloads that operators make. */
const BETWEEN: readonly Resource[] = [
  resources.Deployment,
  resources.StatefulSet,
  resources.DaemonSet,
  resources.ReplicaSet,
  resources.Job,
];
/** Owner of owner of … : an operator's resource, a Deployment, a ReplicaSet, a pod. */
const MAX_DEPTH = 6;

/** Pods carry no label of ours, so that publishing never changes a selector: owner references lead to them. */
export async function belongingsOf(client: KubeClient, inventories: Inventories): Promise<Belongings> {
  const namespaces = namespacesOf(inventories);
  const list = <T extends KubeObject>(resource: Resource<T>) =>
    Promise.all(namespaces.map((namespace) => client.list(resource, { namespace })));
  const [pods, ...between] = await Promise.all([list(resources.Pod), ...BETWEEN.map(list)]);
  const all = [...pods, ...between.flat()].flatMap<KubeObject>(({ items }) => items);
  const serviceOf = ownership(inventories, all);
  const own = pods.flatMap(({ items }) =>
    items.flatMap((pod) => {
      const service = serviceOf(pod.metadata.uid);
      return service === undefined ? [] : [{ service, pod }];
    }),
  );
  return { pods: own, serviceOf };
}

/** The namespaces that anything of these services is in. */
export function namespacesOf(inventories: Inventories): string[] {
  const entries = [...inventories.values()].flat();
  return [...new Set(entries.flatMap(({ namespace }) => namespace ?? []))];
}

function ownership(inventories: Inventories, objects: readonly KubeObject[]) {
  const applied = new Map(
    [...inventories].flatMap(([service, entries]) => entries.map(({ uid }) => [uid, service] as const)),
  );
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? '', object]));
  const serviceOf = (uid: string | undefined, depth = 0): string | undefined => {
    if (uid === undefined || depth > MAX_DEPTH) return undefined;
    const owners = byUid.get(uid)?.metadata.ownerReferences ?? [];
    return applied.get(uid) ?? owners.map((owner) => serviceOf(owner.uid, depth + 1)).find(Boolean);
  };
  return (uid: string | undefined) => serviceOf(uid);
}
