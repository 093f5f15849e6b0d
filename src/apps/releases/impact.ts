/** What publishing the draft of a service would do, before anything is done. Pure. */
import type { KubeObject } from '../../kube/types.js';
import type { ReleaseObject } from '../../model/release.js';
import { consumedBy } from './consumed-config.js';
import { identityOf, type Prepared, referenceTo } from './prepare.js';

export interface ObjectImpact {
  kind: string;
  name: string;
  change: 'Create' | 'Update' | 'Delete';
}

export interface ServiceImpact {
  service: string;
  objects: ObjectImpact[];
  /** Workloads whose pods are replaced, as Kind/name. */
  restarts: string[];
  /** Workloads that see changed files without a restart. */
  reloads: string[];
}

/** Kinds whose pods run on and on: a change of their template replaces them. */
const ROLLED: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** @param before what is published; empty when the service is not deployed */
export function impactOf(service: string, before: readonly ReleaseObject[], after: Prepared): ServiceImpact {
  const old = new Map(before.map((record) => [identityOf(record), record]));
  const kept = new Set(after.records.map(identityOf));
  const changed = after.records.filter((record) => old.get(identityOf(record))?.digest !== record.digest);
  const restarts = changed.filter((record) => {
    const known = old.get(identityOf(record));
    return known !== undefined && ROLLED.has(record.kind) && known.podDigest !== record.podDigest;
  });
  const deleted = before.filter((record) => !kept.has(identityOf(record)));
  return {
    service,
    objects: [
      ...changed.map((record) => impact(record, old.has(identityOf(record)) ? 'Update' : 'Create')),
      ...deleted.map((record) => impact(record, 'Delete')),
    ],
    restarts: restarts.map(wordOf),
    reloads: reloaded(after.objects, changed, new Set(restarts.map(identityOf))),
  };
}

function reloaded(
  objects: readonly KubeObject[],
  changed: readonly ReleaseObject[],
  restarted: ReadonlySet<string>,
): string[] {
  const sources = new Set(changed.map(wordOf));
  return objects
    .filter((object) => ROLLED.has(object.kind) && !restarted.has(identityOf(referenceTo(object))))
    .filter((object) =>
      consumedBy(object).some(({ kind, name, read }) => read === 'live' && sources.has(`${kind}/${name}`)),
    )
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

function impact({ kind, name }: ReleaseObject, change: ObjectImpact['change']): ObjectImpact {
  return { kind, name, change };
}

function wordOf({ kind, name }: ReleaseObject): string {
  return `${kind}/${name}`;
}
