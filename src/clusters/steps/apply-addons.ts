import type { AddonInput } from '../../addons/addon.js';
import { ADDON_LABEL, addonStatus, renderAddons, workloadOf } from '../../addons/addons.js';
import { hasKonnectivity, konnectivityImage } from '../../control-plane/konnectivity/konnectivity.js';
import { goOn, wait } from '../../kube/steps.js';
import type { AddonStatus } from '../../model/cluster.js';
import type { ConditionInput } from '../../model/conditions.js';
import { clusterConditions } from '../../model/conditions.js';
import { visibleVersion } from '../../versions/stages.js';
import { agentServer, nodeServer } from '../node-server.js';
import { type ClusterScope, type ClusterStep, FIELD_MANAGER } from '../scope.js';

/**
 * The addons that are on are there and as they shall be; those that are off are gone. Their health is told and not
 * waited for: a cluster without nodes is ready too.
 */
export const applyAddons: ClusterStep = {
  name: 'ApplyAddons',
  async run(scope) {
    const server = nodeServer(scope.status);
    const { pinned } = scope.status;
    if (!server || !pinned) return wait('MastersUnknown', 'the masters are not settled yet');
    const addons = renderAddons({
      kubernetesVersion: visibleVersion(pinned),
      server,
      network: scope.cluster.spec.network,
      settings: scope.cluster.spec.addons ?? {},
      konnectivity: tunnelOf(scope),
    });
    const hosted = await scope.services.hosted.open(scope);
    const objects = [...addons.values()].flat();
    await Promise.all(objects.map((object) => hosted.ensure(object, FIELD_MANAGER)));
    await hosted.prune(ADDON_LABEL, objects);
    tellHealth(
      scope,
      [...addons.keys()].map((name) => {
        const workload = workloadOf(name);
        return addonStatus(name, workload && hosted.find(workload));
      }),
    );
    return goOn;
  },
};

function tunnelOf({ cluster, status }: ClusterScope): AddonInput['konnectivity'] {
  const server = agentServer(status);
  if (!hasKonnectivity(cluster.spec) || !server) return undefined;
  return { server, image: cluster.spec.konnectivity?.agentImage ?? konnectivityImage('proxy-agent') };
}

function tellHealth(scope: ClusterScope, addons: AddonStatus[]): void {
  scope.status.addons = addons;
  scope.setCondition(conditionOf(addons.filter(({ ready }) => !ready)));
}

function conditionOf(unready: readonly AddonStatus[]): ConditionInput {
  const type = clusterConditions.addons;
  if (unready.length === 0) return { type, status: 'True', reason: 'Ready', message: '' };
  const message = unready.map(({ name, message: why = '' }) => `${name}: ${why}`).join('; ');
  return { type, status: 'False', reason: 'NotAvailable', message };
}
