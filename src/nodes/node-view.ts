import type { Node, Pod } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';

/** `Vanished`: its kubelet has not reported for so long that the masters gave it up. */
export type NodeState = 'Ready' | 'NotReady' | 'Vanished';

/** A node as people ask for it. */
export interface NodeView {
  name: string;
  state: NodeState;
  /** Why it is not ready; since when it is silent. */
  message?: string;
  /** Whether new pods may come. */
  schedulable: boolean;
  kubeletVersion?: string;
  address?: string;
  createdAt?: string;
  /** Pods that are on it and have not ended. */
  pods: number;
  conditions: { type: string; status: string; reason?: string; message?: string }[];
}

/** @param pods of the whole cluster, or of this node. */
export function nodeView({ metadata, spec, status }: Node, pods: readonly Pod[]): NodeView {
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const state = stateOf(ready?.status);
  return {
    name: metadata.name,
    state,
    ...(state !== 'Ready' && { message: messageOf(state, ready) }),
    schedulable: spec?.unschedulable !== true,
    kubeletVersion: status?.nodeInfo?.kubeletVersion,
    address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address,
    createdAt: metadata.creationTimestamp,
    pods: pods.filter((pod) => pod.spec?.nodeName === metadata.name && !hasEnded(pod)).length,
    conditions: conditions.map(({ type, status: value, reason, message }) => ({
      type,
      status: value,
      reason,
      message,
    })),
  };
}

/** Succeeded or failed: it holds nothing on its node any more. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function controllerOf({ metadata }: KubeObject): { kind: string } | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function stateOf(ready: string | undefined): NodeState {
  if (ready === 'True') return 'Ready';
  return ready === 'Unknown' ? 'Vanished' : 'NotReady';
}

type ReadyCondition = NonNullable<NonNullable<Node['status']>['conditions']>[number];

function messageOf(state: NodeState, ready: ReadyCondition | undefined): string {
  if (!ready) return 'its kubelet has not reported yet';
  return state === 'Vanished'
    ? `its kubelet has been silent since ${ready.lastHeartbeatTime ?? 'an unknown time'}`
    : (ready.message ?? 'its kubelet says no more');
}
