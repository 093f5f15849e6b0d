/** Names every part of Berth agrees on: the API group, namespaces, labels, annotations, finalizers. */

export const GROUP = 'berth.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Where the service keeps what belongs to no tenant and no cluster: its leases, its shared gateway. */
export const SYSTEM_NAMESPACE = 'berth-system';

export const labels = {
  cluster: 'berth.dev/cluster',
  tenant: 'berth.dev/tenant',
  component: 'app.kubernetes.io/component',
  name: 'app.kubernetes.io/name',
  managedBy: 'app.kubernetes.io/managed-by',
  operationType: 'berth.dev/operation-type',
  instance: 'berth.dev/instance',
  service: 'berth.dev/service',
  application: 'berth.dev/application',
  /** On versions: whose they are. */
  template: 'berth.dev/template',
  config: 'berth.dev/config',
  /** On pods that restore a snapshot: the operation they work for. */
  restore: 'berth.dev/restore',
  /** On the scratch cluster of a restore drill: the operation, and the cluster whose backup it is. */
  drill: 'berth.dev/drill',
  drillOf: 'berth.dev/drill-of',
} as const;

/** Labels of everything that belongs to a cluster: the caches select by these and find the cluster by them. */
export function clusterLabels(cluster: string, tenant: string): Record<string, string> {
  return { [labels.managedBy]: 'berth', [labels.cluster]: cluster, [labels.tenant]: tenant };
}

export const annotations = {
  /** Digest of what a create request asked for; makes create idempotent on the same body. */
  requestDigest: 'berth.dev/request-digest',
  /** The person or machine that asked for the object. */
  createdBy: 'berth.dev/created-by',
  /** Who changed the spec last, with the generation that came of it: `3 anna`. */
  changedBy: 'berth.dev/changed-by',
  /** On the record of a change: why, in the words of whoever made it. */
  reason: 'berth.dev/reason',
  /** On a Release: the generation of its instance that it was made from. */
  draft: 'berth.dev/draft',
  /** Who asked for the object to be deleted. */
  deletedBy: 'berth.dev/deleted-by',
  /** The W3C trace of the last request that asked for something. */
  trace: 'berth.dev/trace',
  /** On an imported Cluster: the Backup in its namespace that it starts from. */
  importedFrom: 'berth.dev/imported-from',
  /** On an imported Cluster: the node ports it had, `31234 31235`, of the API server and of the tunnel. */
  importedPorts: 'berth.dev/imported-ports',
  /** On what came with an imported cluster: uid, time and generation that it had before (model/origin.ts). */
  origin: 'berth.dev/origin',
  /** On an Instance that is being deleted: its volumes go too. */
  deleteVolumes: 'berth.dev/delete-volumes',
  /** On what an instance applies and on its pods: the config it was rendered with, and its version. */
  config: 'berth.dev/config',
  configVersion: 'berth.dev/config-version',
  /** On pods: digest of the config keys they have as environment variables. */
  environmentDigest: 'berth.dev/environment-digest',
  /** On pods: digest of the ConfigMaps and Secrets they read only when they start. */
  configDigest: 'berth.dev/config-digest',
} as const;

export const finalizers = {
  /** On a Cluster: masters are stopped in order before the namespace goes. */
  cluster: 'berth.dev/cluster',
  /** On Secrets that cannot be made again: a deletion by hand is undone, not obeyed. */
  keep: 'berth.dev/keep',
  /** On an Instance: what it deployed goes before it does. */
  instance: 'berth.dev/instance',
  /** On a Backup: what is in the store goes with it. */
  backup: 'berth.dev/backup',
} as const;

/** The namespace that holds everything of one hosted cluster. */
export function clusterNamespace(cluster: string): string {
  return `berth-c-${cluster}`;
}

/** The namespace that holds what belongs to a tenant but to no single cluster. */
export function tenantNamespace(tenant: string): string {
  return `berth-t-${tenant}`;
}

/** For names that are in the order of time: digits, to the millisecond. */
export function timeStamp(time: Date): string {
  return time.toISOString().replaceAll(/\D/g, '');
}
