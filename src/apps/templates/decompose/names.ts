/** What services of a chart are called. Pure. */
import { isWorkload, type Placed } from './owners.js';

/** Belongs to several services, or to none: it starts before the others. */
export const SHARED = 'shared';
export const CRDS = 'crds';
/** The release a chart is taken apart as; its name is no part of a service's. */
export const RELEASE = 'berth-release';

/** A name for each workload: its own, without the release's and the chart's before it. */
export function workloadNames(placed: readonly Placed[], chart: string): Map<number, string> {
  const names = new Map<number, string>();
  const taken = new Set([SHARED, CRDS]);
  placed.forEach(({ object }, i) => {
    if (!isWorkload(object)) return;
    const bare = object.metadata.name
      .replace(new RegExp(`^${RELEASE}-?`), '')
      .replace(new RegExp(`^${chart.replaceAll(/[^\w-]/g, '.')}-(?=.)`), '');
    const name = freeName(nameFrom(bare || chart), taken, object.kind);
    taken.add(name);
    names.set(i, name);
  });
  return names;
}

function freeName(name: string, taken: ReadonlySet<string>, kind: string): string {
  if (!taken.has(name)) return name;
  const withKind = nameFrom(`${name}-${kind}`);
  return taken.has(withKind) ? nameFrom(`${withKind}-${taken.size}`) : withKind;
}

/** Any text as the name of a service. */
export function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name || 'service';
}
