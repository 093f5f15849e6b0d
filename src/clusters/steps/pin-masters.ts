import { BerthError } from '../../core/errors.js';
import { withAuthorityRevisions } from '../../control-plane/authority-revisions.js';
import type { RenderedControlPlane } from '../../control-plane/component.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import { goOn, type StepResult, stop } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { findVersion } from '../../versions/catalogue.js';
import { pinnedMasters, renderMasters } from '../masters.js';
import { isPinned, mastersDigest, type MastersRevision, mastersRevision, revisionOf } from '../pinning.js';
import { type ClusterScope, type ClusterStep, FIELD_MANAGER, withLabels } from '../scope.js';

/** Revisions kept beside the pinned one, to go back to. */
const KEPT_REVISIONS = 5;

/** What shall run is settled: the pinned masters, or newly rendered ones which are pinned before they are applied. */
export const pinMasters: ClusterStep = {
  name: 'PinMasters',
  async run(scope) {
    const pinned = pinnedMasters(scope);
    if (pinned) return use(scope, pinned);
    return isPinned(scope) ? recoverRevision(scope) : pin(scope);
  },
};

function use(scope: ClusterScope, masters: RenderedControlPlane): StepResult {
  scope.masters = withAuthorityRevisions(masters, scope.status.authorities);
  return goOn;
}

async function pin(scope: ClusterScope): Promise<StepResult> {
  const masters = renderMasters(scope);
  const numbers = revisions(scope).map(({ revision }) => revision);
  const revision = await store(scope, revisionOf(masters, scope.namespace, Math.max(0, ...numbers) + 1));
  const { spec } = findVersion(
    scope.services.world.list(berthResources.ControlPlaneVersion),
    scope.stage.kubernetesVersion,
  );
  scope.status.pinned = {
    revision: revision.metadata.name,
    specDigest: mastersDigest(scope.cluster.spec, scope.stage),
    etcdVersion: spec.etcdVersion,
    ...scope.stage,
  };
  await pruneRevisions(scope);
  return use(scope, masters);
}

/** The stored revision is gone. Only the very same bytes may take its place: anything else would roll the masters. */
async function recoverRevision(scope: ClusterScope): Promise<StepResult> {
  const expected = scope.status.pinned?.revision;
  const masters = rendered(scope);
  const revision = masters && revisionOf(masters, scope.namespace, 1);
  if (!masters || !revision || revision.metadata.name !== expected) {
    return stop(
      'RevisionLost',
      `ControllerRevision ${expected} is gone and this Berth renders another one: put it back from a backup, or ` +
        'change the spec to have the masters rendered anew',
    );
  }
  await store(scope, revision);
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

async function store(scope: ClusterScope, revision: MastersRevision): Promise<MastersRevision> {
  const labelled = withLabels(revision, scope.cluster);
  try {
    return await scope.services.client.create(labelled, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    // The name follows from the content, so what is there already is the same.
    if (isAlreadyExists(error)) return labelled;
    throw error;
  }
}

/** Ours: those of StatefulSets have an owner. */
function revisions(scope: ClusterScope): MastersRevision[] {
  const all = scope.services.world.list(mastersRevision, scope.namespace);
  return all.filter(({ metadata }) => metadata.ownerReferences === undefined);
}

async function pruneRevisions(scope: ClusterScope): Promise<void> {
  const old = revisions(scope)
    .filter(({ metadata }) => metadata.name !== scope.status.pinned?.revision)
    .toSorted((a, b) => b.revision - a.revision)
    .slice(KEPT_REVISIONS);
  for (const { metadata } of old) await scope.services.client.delete(mastersRevision, metadata);
}
