import type { AddonSettings } from '../addons/addon.js';
import { type RenderedAddons, versionOf, workloadOf } from '../addons/addons.js';
import { addonHealth } from '../addons/health.js';
import type { AddonStatus } from '../model/cluster.js';
import { clusterConditions, type ConditionInput } from '../model/conditions.js';
import type { HostedCluster } from './hosted-clusters.js';
import { networkPolicyCondition } from './network-policies.js';
import type { ClusterScope } from './scope.js';

/** Says in the status of a cluster which addons run and whether they are up. */
export async function tellAddons(
  scope: ClusterScope,
  hosted: HostedCluster,
  addons: RenderedAddons,
): Promise<void> {
  const { addons: settings = {} } = scope.cluster.spec;
  const found = [...addons].map(([name, objects]): AddonStatus => ({
    name,
    version: versionOf(name, objects),
    ...addonHealth(hosted.find(workloadOf(name))),
  }));
  const unready = found.filter(({ ready }) => !ready);
  const hasNodes = unready.length === 0 || (await hosted.hasNodes());
  scope.status.addons = hasNodes ? found : found.map(withoutNodes);
  scope.setCondition(hasNodes ? addonsCondition(unready, settings) : NO_NODES);
  scope.setCondition(networkPolicyCondition(hosted.networkPolicies(), settings.cni));
}

const NO_NODES: ConditionInput = {
  type: clusterConditions.addons,
  status: 'Unknown',
  reason: 'NoNodes',
  message: 'no nodes yet: the pods of addons start with the first one',
};

function withoutNodes(status: AddonStatus): AddonStatus {
  return status.ready ? status : { ...status, message: 'no nodes yet' };
}

function addonsCondition(unready: readonly AddonStatus[], settings: AddonSettings): ConditionInput {
  const type = clusterConditions.addons;
  if (unready.length === 0) return { type, status: 'True', reason: 'Ready', message: '' };
  const reasons = unready.map(({ name, message = '' }) => `${name}: ${message}`);
  if (settings.cni?.type === 'none') {
    reasons.push('spec.addons.cni is none: nodes stay NotReady until a CNI of your own is installed');
  }
  return { type, status: 'False', reason: 'NotAvailable', message: reasons.join('; ') };
}
