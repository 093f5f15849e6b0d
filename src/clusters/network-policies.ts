import type { AddonSettings } from '../addons/addon.js';
import { resources } from '../kube/resources.js';
import { clusterConditions, type ConditionInput } from '../model/conditions.js';
import type { HostedCluster } from './hosted-clusters.js';

/** How many policies without effect are named. */
const NAMED = 5;

/**
 * Whether the NetworkPolicies of a hosted cluster hold. flannel, the only CNI Berth installs, enforces none, so they
 * do as long as there are none; of a CNI that the owner installed we know nothing.
 */
export async function networkPolicyCondition(
  hosted: HostedCluster,
  cni: AddonSettings['cni'],
): Promise<ConditionInput> {
  const type = clusterConditions.networkPolicies;
  if (cni?.type === 'none') {
    return { type, status: 'Unknown', reason: 'OwnCNI', message: 'up to the CNI that you installed' };
  }
  const { items } = await hosted.client.list(resources.NetworkPolicy);
  if (items.length === 0) {
    return { type, status: 'True', reason: 'NoPolicies', message: 'there are none; flannel enforces none' };
  }
  const names = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const listed = [...names.slice(0, NAMED), ...(names.length > NAMED ? ['…'] : [])].join(', ');
  const message = `${items.length} NetworkPolicies have no effect, flannel enforces none: ${listed}`;
  return { type, status: 'False', reason: 'NotEnforced', message };
}
