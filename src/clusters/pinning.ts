import { digestOf } from '../core/digest.js';
import { customResource } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Stage } from '../versions/stages.js';
import type { ClusterScope } from './scope.js';

/** What runs is pinned (docs/adr/0001-pinned-masters.md): rendered objects, stored as a ControllerRevision. */

/** What is pinned by itself, and begins the names of its revisions. */
export type PinnedPart = 'masters' | 'addons';

/** Rendered objects, by what they belong to. */
export type Rendered<Key extends string = string> = ReadonlyMap<Key, KubeObject[]>;

/** apps/v1 ControllerRevision: immutable data with a number, made for exactly this. */
export interface Revision extends KubeObject {
  revision: number;
  /** The entries of the rendered map, in their order. */
  data: Partial<Record<PinnedPart, [string, KubeObject[]][]>>;
}

export const controllerRevision = customResource<Revision>('apps/v1', { kind: 'ControllerRevision' });

/**
 * What of a spec reaches the masters, with the stage they are at. Names for people and the like are left out: changing
 * them rolls nothing; nor does a change of version by itself, which is carried out in stages.
 */
export function mastersDigest(spec: ClusterSpec, stage: Stage): string {
  const {
    displayName: _displayName,
    tenant: _tenant,
    addons: _addons,
    backup: _backup,
    version: _version,
    upgrade: _upgrade,
    maintenance: _maintenance,
    ...rest
  } = spec;
  const { kubernetesVersion, actsAs } = stage;
  return digestOf({ ...rest, stage: { kubernetesVersion, actsAs } }, 16);
}

/** The masters were rendered from this very spec, at the stage this pass is for. */
export function isPinned({ cluster, status, stage }: ClusterScope): boolean {
  return status.pinned?.specDigest === mastersDigest(cluster.spec, stage);
}

/** What is pinned stays what shall run: it is what the spec asks for, or the spec asks for what cannot be. */
export function keepsPinned(scope: ClusterScope): boolean {
  return isPinned(scope) || scope.refusal !== undefined;
}

/** A revision of these objects: the name follows from the content, so that rendering the same twice makes one. */
export function revisionOf(
  part: PinnedPart,
  rendered: Rendered,
  { namespace, number }: { namespace: string; number: number },
): Revision {
  const data = { [part]: [...rendered] };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `${part}-${digestOf(data, 12)}`, namespace },
    revision: number,
    data,
  };
}
