/** Reading and setting metav1.Condition lists by the rules of the Kubernetes API conventions. */
import type { Condition } from './fields.js';

export type ConditionInput = Omit<Condition, 'lastTransitionTime'>;

/** The condition types of a Cluster: the three of kstatus, and one for each area. */
export const clusterConditions = {
  ready: 'Ready',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
  valid: 'SpecValid',
  certificates: 'CertificatesReady',
  etcd: 'EtcdReady',
  etcdHealthy: 'EtcdHealthy',
  apiServer: 'APIServerReady',
  controllerManager: 'ControllerManagerReady',
  scheduler: 'SchedulerReady',
  exposure: 'Exposed',
  reachable: 'EndpointReachable',
  hosted: 'HostedObjectsReady',
  nodes: 'NodesCanJoin',
  addons: 'AddonsReady',
  version: 'VersionReached',
  networkPolicies: 'NetworkPoliciesEnforced',
} as const;

/** The condition types of a ControlPlaneVersion. */
export const versionConditions = {
  /** Its images are on the nodes already, where something brings them, as in the embedded meta-cluster. */
  imagesPresent: 'ImagesPresent',
} as const;

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/**
 * The list with `input` set. lastTransitionTime moves only when the status does (API conventions,
 * "Typical status properties"), so an unchanged world yields an unchanged list.
 */
export function setCondition(
  conditions: readonly Condition[] = [],
  input: ConditionInput,
  now: Date,
): Condition[] {
  const before = findCondition(conditions, input.type);
  const lastTransitionTime =
    before?.status === input.status ? before.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, 'Z');
  const next = { ...input, lastTransitionTime };
  return before
    ? conditions.map((condition) => (condition.type === input.type ? next : condition))
    : [...conditions, next];
}
