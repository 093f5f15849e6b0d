import type { AddonSettings } from '../addons/addon.js';
import type { KubeObject } from '../kube/types.js';
import { clusterConditions, type ConditionInput } from '../model/conditions.js';

const type = clusterConditions.networkPolicies;
/** How many policies without effect are named. */
const NAMED = 5;

/**
 * Whether the NetworkPolicies of a hosted cluster hold. flannel, the only CNI Berth installs, enforces none, so they
 * do as long as there are none; of a CNI that the owner installed we know nothing. Pure.
 */
export function networkPolicyCondition(
  policies: readonly KubeObject[],
  cni: AddonSettings['cni'],
): ConditionInput {
  if (cni?.type === 'none') {
    return { type, status: 'Unknown', reason: 'OwnCNI', message: 'up to the CNI that you installed' };
  }
  if (policies.length === 0) {
    return { type, status: 'True', reason: 'NoPolicies', message: 'there are none; flannel enforces none' };
  }
  const names = policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
  const listed = [...names.slice(0, NAMED), ...(names.length > NAMED ? ['…'] : [])].join(', ');
  const message = `flannel enforces no NetworkPolicies; ${names.length} without effect: ${listed}`;
  return { type, status: 'False', reason: 'NotEnforced', message };
}
