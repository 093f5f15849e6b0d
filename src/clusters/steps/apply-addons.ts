import type { AddonName } from '../../addons/addon.js';
import { ADDON_LABEL, type RenderedAddons, workloadOf } from '../../addons/addons.js';
import { isServing } from '../../addons/health.js';
import { resources } from '../../kube/resources.js';
import { goOn, wait } from '../../kube/steps.js';
import type { KubeObject } from '../../kube/types.js';
import { tellAddons } from '../addon-status.js';
import { pinnedAddons } from '../addons.js';
import type { HostedCluster } from '../hosted-clusters.js';
import { type ClusterStep, FIELD_MANAGER } from '../scope.js';

/**
 * The addons that are on are there and as they shall be; those that are off are gone. Their health is told and not
 * waited for: a cluster without nodes is ready too.
 */
export const applyAddons: ClusterStep = {
  name: 'ApplyAddons',
  async run(scope) {
    const addons = await pinnedAddons(scope);
    if (!addons) return wait('MastersUnknown', 'the masters are not settled yet');
    const hosted = await scope.services.hosted.open(scope);
    const objects = dueObjects(addons, hosted);
    await hosted.ensure(objects, FIELD_MANAGER);
    await hosted.prune(ADDON_LABEL, objects);
    await tellAddons(scope, hosted, addons);
    return goOn;
  },
};

function dueObjects(addons: RenderedAddons, hosted: HostedCluster): KubeObject[] {
  return [...addons].flatMap(([name, objects]) => objects.filter((object) => isDue(object, name, hosted)));
}

/**
 * An APIService that nobody serves breaks discovery, and with it the deletion of namespaces: it is there only while
 * its pods answer (docs/adr/0012-addons.md).
 */
function isDue({ kind }: KubeObject, addon: AddonName, hosted: HostedCluster): boolean {
  return kind !== resources.APIService.kind || isServing(hosted.find(workloadOf(addon)));
}
