/**
 * What a live object says about itself, by the rules of kstatus (sigs.k8s.io/cli-utils/pkg/kstatus), with two
 * differences: a claim that waits for its first consumer is not in progress, and a workload that somebody paused is
 * paused. Pure.
 */
import type { KubeObject } from '../../kube/types.js';

export type HealthState = 'Current' | 'InProgress' | 'Failed' | 'Paused' | 'Terminating';

export interface Health {
  state: HealthState;
  /** Why it is not Current. */
  message?: string;
}

/** What an object alone does not tell. */
export interface HealthFacts {
  /** Whether volumes of a storage class (the default one for undefined) are made for the first pod that uses them. */
  waitsForConsumer(storageClass: string | undefined): boolean;
}

interface ObjectCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

type Fields = Record<string, unknown>;
type Rule = (object: KubeObject, facts: HealthFacts) => Health;

const current: Health = { state: 'Current' };
const inProgress = (message: string): Health => ({ state: 'InProgress', message });
const broken = (message: string): Health => ({ state: 'Failed', message });

/** Kinds with rules of their own, by group and kind; all others are judged by their conditions. */
const RULES: Readonly<Record<string, Rule>> = {
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ReplicaSet': replicaSet,
  'batch/Job': job,
  '/Pod': pod,
  '/PersistentVolumeClaim': claim,
  '/Namespace': namespace,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'autoscaling/HorizontalPodAutoscaler': () => current,
};

export function healthOf(object: KubeObject, facts: HealthFacts): Health {
  if (object.metadata.deletionTimestamp) return { state: 'Terminating', message: 'is being deleted' };
  const observed = fields(object['status'])['observedGeneration'];
  if (typeof observed === 'number' && observed < (object.metadata.generation ?? 0)) {
    return inProgress('its controller has not seen the change yet');
  }
  const rule = RULES[groupKind(object)];
  return rule ? rule(object, facts) : byConditions(object);
}

/** Custom resources: Stalled and Reconciling as kstatus has them, then Ready or Available. */
function byConditions(object: KubeObject): Health {
  const stalled = condition(object, 'Stalled');
  if (stalled?.status === 'True') return broken(textOf(stalled));
  const reconciling = condition(object, 'Reconciling');
  if (reconciling?.status === 'True') return inProgress(textOf(reconciling));
  const ready = condition(object, 'Ready') ?? condition(object, 'Available');
  return !ready || ready.status === 'True' ? current : inProgress(textOf(ready));
}

function deployment(object: KubeObject): Health {
  const spec = fields(object['spec']);
  if (spec['paused'] === true) return { state: 'Paused', message: 'its rollout is paused' };
  const progressing = condition(object, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return broken(textOf(progressing));
  const failure = condition(object, 'ReplicaFailure');
  if (failure?.status === 'True') return broken(textOf(failure));
  const status = fields(object['status']);
  const wanted = numberOf(spec['replicas'], 1);
  const [total, updated, available, ready] = counts(status, [
    'replicas',
    'updatedReplicas',
    'availableReplicas',
    'readyReplicas',
  ]);
  if (!('observedGeneration' in status)) return inProgress('its controller has not seen it yet');
  if (updated < wanted) return inProgress(`${updated} of ${wanted} pods are new`);
  if (total > updated) return inProgress(`${total - updated} old pods are still there`);
  if (available < updated) return inProgress(`${available} of ${wanted} pods are available`);
  return ready < wanted ? inProgress(`${ready} of ${wanted} pods are ready`) : current;
}

function statefulSet(object: KubeObject): Health {
  const spec = fields(object['spec']);
  const strategy = fields(spec['updateStrategy']);
  const status = fields(object['status']);
  const wanted = numberOf(spec['replicas'], 1);
  const [total, updated, ready] = counts(status, ['replicas', 'updatedReplicas', 'readyReplicas']);
  if (!('observedGeneration' in status)) return inProgress('its controller has not seen it yet');
  if (total < wanted) return inProgress(`${total} of ${wanted} pods are there`);
  if (ready < wanted) return inProgress(`${ready} of ${wanted} pods are ready`);
  if (total > wanted) return inProgress(`${total - wanted} pods are one too many`);
  // Nobody replaces these pods but whoever deletes them.
  if (strategy['type'] === 'OnDelete') return current;
  const partition = numberOf(fields(strategy['rollingUpdate'])['partition'], 0);
  if (partition > 0) {
    const due = Math.max(0, wanted - partition);
    return updated < due ? inProgress(`${updated} of ${due} pods are new`) : current;
  }
  const isRolledOut = status['currentRevision'] === status['updateRevision'];
  return isRolledOut ? current : inProgress(`${updated} of ${wanted} pods are new`);
}

function daemonSet(object: KubeObject): Health {
  const status = fields(object['status']);
  if (!('observedGeneration' in status)) return inProgress('its controller has not seen it yet');
  const names = ['currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'];
  const [wanted] = counts(status, ['desiredNumberScheduled']);
  const onDelete = fields(fields(object['spec'])['updateStrategy'])['type'] === 'OnDelete';
  const least = Math.min(
    ...counts(
      status,
      names.filter((name) => !(onDelete && name.startsWith('updated'))),
    ),
  );
  return least < wanted ? inProgress(`${least} of ${wanted} nodes run it`) : current;
}

function replicaSet(object: KubeObject): Health {
  const wanted = numberOf(fields(object['spec'])['replicas'], 1);
  const [available] = counts(fields(object['status']), ['availableReplicas']);
  return available < wanted ? inProgress(`${available} of ${wanted} pods are available`) : current;
}

function job(object: KubeObject): Health {
  const failure = condition(object, 'Failed');
  if (failure?.status === 'True') return broken(textOf(failure));
  if (condition(object, 'Complete')?.status === 'True') return current;
  if (fields(object['spec'])['suspend'] === true) return { state: 'Paused', message: 'is suspended' };
  return inProgress('has not finished');
}

function pod(object: KubeObject): Health {
  const { phase, message } = fields(object['status']);
  if (phase === 'Succeeded') return current;
  if (phase === 'Failed') return broken(typeof message === 'string' ? message : 'the pod failed');
  const ready = condition(object, 'Ready');
  return ready?.status === 'True' ? current : inProgress(ready ? textOf(ready) : 'is not scheduled');
}

const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

function claim(object: KubeObject, facts: HealthFacts): Health {
  const { phase } = fields(object['status']);
  if (phase === 'Bound') return current;
  if (phase === 'Lost') return broken('its volume is lost');
  const { storageClassName } = fields(object['spec']);
  const storageClass = typeof storageClassName === 'string' ? storageClassName : undefined;
  const hasConsumer = object.metadata.annotations?.[SELECTED_NODE] !== undefined;
  return !hasConsumer && facts.waitsForConsumer(storageClass) ? current : inProgress('is not bound');
}

function namespace(object: KubeObject): Health {
  return fields(object['status'])['phase'] === 'Terminating'
    ? { state: 'Terminating', message: 'is being deleted' }
    : current;
}

function definition(object: KubeObject): Health {
  const names = condition(object, 'NamesAccepted');
  if (names?.status === 'False') return broken(textOf(names));
  return condition(object, 'Established')?.status === 'True' ? current : inProgress('is not established');
}

/** A route reports for each gateway; one that nobody has looked at is in progress. */
function route(object: KubeObject): Health {
  const parents = fields(object['status'])['parents'];
  if (!Array.isArray(parents) || parents.length === 0) return inProgress('no gateway has accepted it');
  for (const parent of parents) {
    const refused = conditionsOf(fields(parent)).find(
      ({ type, status }) => ['Accepted', 'ResolvedRefs'].includes(type) && status === 'False',
    );
    if (refused) return broken(textOf(refused));
  }
  return current;
}

function groupKind({ apiVersion, kind }: KubeObject): string {
  const [group, version] = apiVersion.split('/');
  return version === undefined ? `/${kind}` : `${group}/${kind}`;
}

function condition(object: KubeObject, type: string): ObjectCondition | undefined {
  return conditionsOf(fields(object['status'])).find((one) => one.type === type);
}

function conditionsOf(status: Fields): ObjectCondition[] {
  const { conditions } = status;
  return Array.isArray(conditions) ? (conditions as ObjectCondition[]) : [];
}

function textOf({ type, reason, message }: ObjectCondition): string {
  return message || reason || type;
}

function counts<const Names extends readonly string[]>(
  status: Fields,
  names: Names,
): { [I in keyof Names]: number } {
  return names.map((name) => numberOf(status[name], 0)) as { [I in keyof Names]: number };
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
