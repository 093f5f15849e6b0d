import { BerthError } from '../../core/errors.js';
import { withAuthorityRevisions } from '../../control-plane/authority-revisions.js';
import type { RenderedControlPlane } from '../../control-plane/component.js';
import { goOn, type StepResult, stop } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { findVersion } from '../../versions/catalogue.js';
import { pinnedMasters, renderMasters } from '../masters.js';
import { keepsPinned, mastersDigest, revisionOf } from '../pinning.js';
import { pinRevision, storeRevision } from '../revisions.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

/** What shall run is settled: the pinned masters, or newly rendered ones which are pinned before they are applied. */
export const pinMasters: ClusterStep = {
  name: 'PinMasters',
  async run(scope) {
    const pinned = await pinnedMasters(scope);
    if (pinned) return use(scope, pinned);
    return keepsPinned(scope) ? recoverRevision(scope) : pin(scope);
  },
};

function use(scope: ClusterScope, masters: RenderedControlPlane): StepResult {
  scope.masters = withAuthorityRevisions(masters, scope.status.authorities);
  return goOn;
}

async function pin(scope: ClusterScope): Promise<StepResult> {
  const masters = renderMasters(scope);
  const revision = await pinRevision(scope, 'masters', masters);
  const { spec } = findVersion(
    scope.services.world.list(berthResources.ControlPlaneVersion),
    scope.stage.kubernetesVersion,
  );
  scope.status.pinned = {
    revision,
    specDigest: mastersDigest(scope.cluster.spec, scope.stage),
    etcdVersion: spec.etcdVersion,
    ...scope.stage,
  };
  return use(scope, masters);
}

/** The stored revision is gone. Only the very same bytes may take its place: anything else would roll the masters. */
async function recoverRevision(scope: ClusterScope): Promise<StepResult> {
  const expected = scope.status.pinned?.revision;
  const masters = rendered(scope);
  const revision = masters && revisionOf('masters', masters, { namespace: scope.namespace, number: 1 });
  if (!masters || !revision || revision.metadata.name !== expected) {
    return stop(
      'RevisionLost',
      `ControllerRevision ${expected} is gone and this Berth renders another one: put it back from a backup, or ` +
        'change the spec to have the masters rendered anew',
    );
  }
  await storeRevision(scope, revision);
  return use(scope, masters);
}

/** Undefined when the catalogue no longer has what the spec names. */
function rendered(scope: ClusterScope): RenderedControlPlane | undefined {
  try {
    return renderMasters(scope);
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}
