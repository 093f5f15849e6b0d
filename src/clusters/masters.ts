import { BerthError } from '../core/errors.js';
import type { ControlPlaneInput, RenderedControlPlane } from '../control-plane/component.js';
import { renderControlPlane } from '../control-plane/render.js';
import { berthResources } from '../model/kinds.js';
import { findVersion } from '../versions/catalogue.js';
import { exposureInput, strategyOf } from './exposing.js';
import { keepsPinned } from './pinning.js';
import { storedRevision } from './revisions.js';
import type { ClusterScope } from './scope.js';

/** The masters as they shall be: what is pinned, or what the spec, plan and version give today. */
export async function masterObjects(scope: ClusterScope): Promise<RenderedControlPlane> {
  return (await pinnedMasters(scope)) ?? renderMasters(scope);
}

/** What is stored in the pinned revision; undefined when the spec has moved on or the revision is gone. */
export async function pinnedMasters(scope: ClusterScope): Promise<RenderedControlPlane | undefined> {
  const { pinned } = scope.status;
  return pinned && keepsPinned(scope) ? storedRevision(scope, 'masters', pinned.revision) : undefined;
}

/** @throws BerthError `PlanNotFound`, `VersionUnknown` when the catalogue lost what the spec names. */
export function renderMasters(scope: ClusterScope): RenderedControlPlane {
  return renderControlPlane(controlPlaneInput(scope));
}

function controlPlaneInput(scope: ClusterScope): ControlPlaneInput {
  const { cluster, name, namespace, services, stage } = scope;
  const { spec } = cluster;
  const plan = services.world.find(berthResources.Plan, { name: spec.plan });
  if (!plan) throw new BerthError('PlanNotFound', `there is no Plan ${spec.plan}`);
  const version = findVersion(
    services.world.list(berthResources.ControlPlaneVersion),
    stage.kubernetesVersion,
  );
  const input = exposureInput(scope);
  return {
    cluster: { name, namespace, spec },
    plan: plan.spec,
    version: version.spec,
    actsAs: stage.actsAs,
    service: strategyOf(input).service(input),
    deniedNetworks: services.installation.deniedNetworks,
  };
}
