import { type AddonInput, type AddonName } from '../addons/addon.js';
import { type RenderedAddons, renderAddons } from '../addons/addons.js';
import { hasKonnectivity } from '../control-plane/konnectivity/konnectivity.js';
import { visibleVersion } from '../versions/stages.js';
import { digestOf } from '../core/digest.js';
import { agentServer, nodeServer } from './node-server.js';
import { pinRevision, storedRevision } from './revisions.js';
import type { ClusterScope } from './scope.js';

/**
 * The addons of a cluster as they shall be: those that are pinned, or newly rendered and pinned ones when its settings,
 * its version or its address have changed, or when the pinned revision is gone. Undefined while the masters are not
 * settled.
 */
export async function pinnedAddons(scope: ClusterScope): Promise<RenderedAddons | undefined> {
  const input = addonInput(scope);
  if (!input) return undefined;
  const inputDigest = digestOf(input, 16);
  const pinned = scope.status.pinnedAddons;
  const isKept = scope.refusal !== undefined || pinned?.inputDigest === inputDigest;
  const stored =
    pinned && isKept ? await storedRevision<AddonName>(scope, 'addons', pinned.revision) : undefined;
  if (stored) return stored;
  const rendered = renderAddons(input);
  scope.status.pinnedAddons = { revision: await pinRevision(scope, 'addons', rendered), inputDigest };
  return rendered;
}

/** What people and the masters settle, and nothing of this Berth: a newer one must find the same digest. */
function addonInput(scope: ClusterScope): AddonInput | undefined {
  const { spec } = scope.cluster;
  const { status } = scope;
  const server = nodeServer(status);
  if (!server || !status.pinned) return undefined;
  return {
    kubernetesVersion: visibleVersion(status.pinned),
    server,
    network: spec.network,
    settings: spec.addons ?? {},
    konnectivity: tunnelOf(scope),
  };
}

function tunnelOf({ cluster, status }: ClusterScope): AddonInput['konnectivity'] {
  const server = agentServer(status);
  if (!hasKonnectivity(cluster.spec) || !server) return undefined;
  return { server, image: cluster.spec.konnectivity?.agentImage };
}
