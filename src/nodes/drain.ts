import type { KubeClient } from '../kube/client.js';
import { pathOf, type Pod, resources } from '../kube/resources.js';
import { controllerOf, hasEnded } from './node-view.js';

export interface DrainOptions {
  /** Evict pods that nobody would make again. */
  force: boolean;
  /** Evict pods whose emptyDir volumes go with them. */
  deleteEmptyDirData: boolean;
}

/** A pod that is still on the node, and why. */
export interface RemainingPod {
  namespace: string;
  name: string;
  reason: 'Terminating' | 'DisruptionBudget' | 'Unmanaged' | 'LocalData' | 'Refused';
  message: string;
}

export interface DrainResult {
  /** Pods that were asked to leave just now, as `namespace/name`. */
  evicted: string[];
  remaining: RemainingPod[];
}

/**
 * One pass of a drain by kubectl's rules: closes the node to new pods, asks every pod that may go to go, and says
 * what is left. To be repeated until nothing remains; pods of DaemonSets and static pods stay.
 */
export async function drainOnce(
  client: KubeClient,
  node: string,
  options: DrainOptions,
): Promise<DrainResult> {
  await client.patch(resources.Node, { name: node }, { spec: { unschedulable: true } });
  const { items } = await client.list(resources.Pod, { fieldSelector: `spec.nodeName=${node}` });
  const leaving = items.filter((pod) => !staysWithNode(pod) && !hasEnded(pod));
  const results = await Promise.all(leaving.map((pod) => evict(client, pod, options)));
  return {
    evicted: results.filter((result) => typeof result === 'string'),
    remaining: results.filter((result) => typeof result !== 'string'),
  };
}

function staysWithNode(pod: Pod): boolean {
  const isStatic = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  return isStatic || controllerOf(pod)?.kind === 'DaemonSet';
}

/** The pod's `namespace/name` when it was asked to leave. */
async function evict(client: KubeClient, pod: Pod, options: DrainOptions): Promise<string | RemainingPod> {
  const { name, namespace = '', uid } = pod.metadata;
  const kept = keptBecause(pod, options);
  if (kept) return { namespace, name, ...kept };
  const { statusCode, body } = await client.raw({
    method: 'POST',
    path: pathOf(resources.Pod, namespace, name, 'eviction'),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: { preconditions: { uid } },
    }),
  });
  if (statusCode < 300 || statusCode === 404) return `${namespace}/${name}`;
  const reason = statusCode === 429 ? 'DisruptionBudget' : 'Refused';
  return { namespace, name, reason, message: (JSON.parse(body) as { message?: string }).message ?? '' };
}

function keptBecause(
  pod: Pod,
  { force, deleteEmptyDirData }: DrainOptions,
): Pick<RemainingPod, 'reason' | 'message'> | undefined {
  if (pod.metadata.deletionTimestamp) return { reason: 'Terminating', message: 'it is on its way out' };
  if (!force && !controllerOf(pod)) return { reason: 'Unmanaged', message: 'nobody would make it again' };
  const hasLocalData = pod.spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) ?? false;
  return hasLocalData && !deleteEmptyDirData
    ? { reason: 'LocalData', message: 'its emptyDir volumes would go with it' }
    : undefined;
}
