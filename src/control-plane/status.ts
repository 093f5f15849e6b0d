import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { Pod } from '../kube/resources.js';
import type { Json, KubeObject } from '../kube/types.js';
import type { ComponentStatus } from '../model/cluster.js';
import { labels } from '../model/names.js';
import { type Component, type ComponentName, VERSION_LABEL } from './component.js';

/** What a component's condition says, with its entry of `status.components`. */
export interface ComponentState {
  status: ComponentStatus;
  /** `Available`, `RollingOut`, `NotCreated`, or why pods cannot start: `ImagePullBackOff`, `Unschedulable` … */
  reason: string;
  /** As many pods as desired have all their containers running, ready or not. */
  started: boolean;
}

/** What a component should be at. */
export interface DesiredComponent {
  version: string;
  replicas: number;
}

/** The status fields that Deployments and StatefulSets share, as far as they are read. */
interface RolloutStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** Why something does not come up: a stable word and a sentence. */
interface Trouble {
  reason: string;
  message: string;
}

/**
 * Whether a component is available and rolled out at its desired version; with a reason when it is not. `pods` may
 * be all pods of the namespace.
 */
export function componentStatus(
  component: Component,
  desired: DesiredComponent,
  live: KubeObject | undefined,
  pods: readonly Pod[] = [],
): ComponentState {
  if (!live) return notCreated(component);
  const rollout = (live.status ?? {}) as RolloutStatus;
  const version = versionOf(live);
  const availableReplicas = rollout.availableReplicas ?? 0;
  const available = availableReplicas >= leastAvailable(component, desired.replicas);
  const rolledOut = version === desired.version && isRolledOut(live, rollout, desired.replicas);
  const own = pods.filter(({ metadata }) => metadata.labels?.[labels.component] === component.name);
  const state = (reason: string, message?: string): ComponentState => ({
    reason,
    started: own.filter(isRunning).length >= desired.replicas,
    status: {
      name: component.name,
      version,
      replicas: desired.replicas,
      readyReplicas: rollout.readyReplicas ?? 0,
      available,
      rolledOut,
      ...(message === undefined ? {} : { message }),
    },
  });
  if (available && rolledOut) return state('Available');
  const trouble = workloadTrouble(rollout) ?? firstDefined(own.map(podTrouble));
  if (trouble) return state(trouble.reason, trouble.message);
  return state('RollingOut', `${availableReplicas} of ${desired.replicas} available at ${desired.version}`);
}

/** Available and rolled out at the desired version: what depends on it may be changed. */
export function isSettled({ status }: ComponentState): boolean {
  return status.available && status.rolledOut;
}

/**
 * Whether a component may be applied now: its dependencies are settled. That alone orders creation and upgrades; one
 * that is only being created and retries its dependencies by itself starts beside them.
 */
export function mayBeApplied(
  component: Component,
  states: ReadonlyMap<ComponentName, ComponentState>,
): boolean {
  const early = component.retriesDependencies === true && states.get(component.name)?.reason === 'NotCreated';
  return component.dependencies.every((name) => {
    const state = states.get(name);
    return state !== undefined && (isSettled(state) || (early && state.started));
  });
}

/** The version a workload's pod template is at. */
export function versionOf(workload: KubeObject): string | undefined {
  const { spec } = workload as { spec?: { template?: { metadata?: { labels?: Record<string, string> } } } };
  return spec?.template?.metadata?.labels?.[VERSION_LABEL];
}

function notCreated({ name, workload }: Component): ComponentState {
  return {
    reason: 'NotCreated',
    started: false,
    status: {
      name,
      replicas: 0,
      readyReplicas: 0,
      available: false,
      rolledOut: false,
      message: `${workload.kind} ${workload.name} is not there yet`,
    },
  };
}

/** etcd answers with a majority of its members, the others with one replica. */
function leastAvailable({ name }: Component, replicas: number): number {
  return name === 'etcd' ? Math.floor(replicas / 2) + 1 : 1;
}

/** kubectl's rule of `rollout status`: seen by its controller, all pods new, none of them old, all available. */
function isRolledOut({ metadata }: KubeObject, status: RolloutStatus, replicas: number): boolean {
  const updated = status.updatedReplicas ?? 0;
  return (
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    updated >= replicas &&
    (status.replicas ?? 0) <= updated &&
    (status.availableReplicas ?? 0) >= updated
  );
}

/** Pods that the workload's controller could not even create: quota, Pod Security, a webhook that refuses. */
function workloadTrouble({ conditions = [] }: RolloutStatus): Trouble | undefined {
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return failure && { reason: failure.reason ?? 'ReplicaFailure', message: failure.message ?? '' };
}

function isRunning({ status }: Pod): boolean {
  const containers = status?.containerStatuses ?? [];
  return containers.length > 0 && containers.every(({ state }) => state?.running !== undefined);
}

/** A pod starts with these; they say nothing about trouble. */
const harmless = new Set(['ContainerCreating', 'PodInitializing']);

/** Why a pod does not start, as far as its status tells. */
export function podTrouble({ metadata, status }: Pod): Trouble | undefined {
  const unscheduled = status?.conditions?.find(
    ({ type, status: met, reason }) =>
      type === 'PodScheduled' && met === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled) {
    return { reason: 'Unschedulable', message: `pod ${metadata.name}: ${unscheduled.message ?? ''}` };
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return firstDefined(containers.map((container) => containerTrouble(metadata.name, container)));
}

function containerTrouble(pod: string, container: Json<V1ContainerStatus>): Trouble | undefined {
  const waiting = container.state?.waiting;
  if (!waiting?.reason || harmless.has(waiting.reason)) return undefined;
  const exit = container.lastState?.terminated;
  const last = exit ? `; it last ended with exit code ${exit.exitCode} (${exit.reason ?? 'no reason'})` : '';
  return {
    reason: waiting.reason,
    message: `pod ${pod}, container ${container.name}: ${waiting.message ?? waiting.reason}${last}`,
  };
}

function firstDefined<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
