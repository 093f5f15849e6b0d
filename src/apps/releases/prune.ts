/** What a release removes: recorded by an earlier release of the same service, no longer rendered, still ours. Pure. */
import type { KubeObject } from '../../kube/types.js';
import type { InventoryEntry, Release, ReleaseObject } from '../../model/release.js';
import { isOwnedBy, type ServiceRef } from './ownership.js';
import { phasesOf } from './placement.js';
import { identityOf } from './prepare.js';

/** Kinds that take data with them. */
const PRECIOUS: ReadonlySet<string> = new Set([
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'CustomResourceDefinition',
]);
/** Helm's way to say that an object stays. */
const RESOURCE_POLICY = 'helm.sh/resource-policy';

/** An object that some release made, or was about to make; the uid is known when that release got to its end. */
export type Recorded = Omit<InventoryEntry, 'uid' | 'fields' | 'kept'> & { uid?: string };

export interface PrunePlan {
  /** In phases, to be removed one after the other. */
  remove: Recorded[][];
  /** Ours and no longer wanted, but not confirmed. */
  keep: Recorded[];
}

/**
 * Everything a service may own in the cluster: the inventory of its last published release, and what unfinished ones
 * after it were going to make.
 */
export function recordedBy(releases: readonly Release[]): Recorded[] {
  const published = releases.findLast(({ status }) => status?.phase === 'Published');
  const later = releases.filter(({ spec }) => spec.revision > (published?.spec.revision ?? 0));
  const attempted = later.flatMap(({ spec }) => spec.objects.map(withoutDigests));
  const owned: Recorded[] = published?.status?.inventory ?? [];
  return [...new Map([...attempted, ...owned].map((entry) => [identityOf(entry), entry])).values()];
}

/**
 * @param find the live object of that name
 * @param confirm precious objects that may go, as Kind/name
 */
export function prunePlan(
  recorded: readonly Recorded[],
  next: readonly ReleaseObject[],
  ref: ServiceRef,
  { find, confirm }: { find: (entry: Recorded) => KubeObject | undefined; confirm: readonly string[] },
): PrunePlan {
  const wanted = new Set(next.map(identityOf));
  const gone = recorded.filter((entry) => {
    const live = wanted.has(identityOf(entry)) ? undefined : find(entry);
    const isSame = entry.uid === undefined || entry.uid === live?.metadata.uid;
    return live !== undefined && isSame && isOwnedBy(live, ref);
  });
  const stays = (entry: Recorded) => isKept(entry, find(entry), confirm);
  return {
    remove: phasesOf(gone.filter((entry) => !stays(entry))).toReversed(),
    keep: gone.filter(stays),
  };
}

export function isPrecious({ kind }: Recorded): boolean {
  return PRECIOUS.has(kind);
}

function isKept(entry: Recorded, live: KubeObject | undefined, confirm: readonly string[]): boolean {
  if (confirm.includes(`${entry.kind}/${entry.name}`)) return false;
  return isPrecious(entry) || live?.metadata.annotations?.[RESOURCE_POLICY] === 'keep';
}

function withoutDigests({ apiVersion, kind, namespace, name }: ReleaseObject): Recorded {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}
