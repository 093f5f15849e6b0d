import { digestOf } from '../core/digest.js';
import type { RenderedControlPlane } from '../control-plane/component.js';
import { customResource } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Stage } from '../versions/stages.js';
import type { ClusterScope } from './scope.js';

/** What runs is pinned (docs/adr/0001-pinned-masters.md): the rendered masters, stored as a ControllerRevision. */

type ControlPlanePart = RenderedControlPlane extends ReadonlyMap<infer Part, unknown> ? Part : never;

/** apps/v1 ControllerRevision: immutable data with a number, made for exactly this. */
export interface MastersRevision extends KubeObject {
  revision: number;
  /** The entries of the rendered map, in their order. */
  data: { masters: [ControlPlanePart, KubeObject[]][] };
}

export const mastersRevision = customResource<MastersRevision>('apps/v1', { kind: 'ControllerRevision' });

/**
 * What of a spec reaches the masters, with the stage they are at. Names for people and the like are left out: changing
 * them rolls nothing; nor does a change of version by itself, which is carried out in stages.
 */
export function mastersDigest(spec: ClusterSpec, stage: Stage): string {
  const {
    displayName: _displayName,
    tenant: _tenant,
    addons: _addons,
    version: _version,
    upgrade: _upgrade,
    ...rest
  } = spec;
  const { kubernetesVersion, actsAs } = stage;
  return digestOf({ ...rest, stage: { kubernetesVersion, actsAs } }, 16);
}

/** The masters were rendered from this very spec, at the stage this pass is for. */
export function isPinned({ cluster, status, stage }: ClusterScope): boolean {
  return status.pinned?.specDigest === mastersDigest(cluster.spec, stage);
}

/** A revision of these masters: the name follows from the content, so that rendering the same twice makes one. */
export function revisionOf(
  masters: RenderedControlPlane,
  namespace: string,
  number: number,
): MastersRevision {
  const data = { masters: [...masters] };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `masters-${digestOf(data, 12)}`, namespace },
    revision: number,
    data,
  };
}
