/** Which file belongs to which service. Pure. */
import type { Chart } from '../../../engine/index.js';
import type { TemplateFile } from '../../../model/template.js';
import { CRDS, SHARED, workloadNames } from './names.js';
import type { Notice } from './notice.js';
import { ownersOf, type Placed } from './owners.js';

interface Assignment {
  /** Name of a service, in the order of its first object, and its files. */
  services: Map<string, Set<string>>;
  notices: Notice[];
}

/** Files that render something go with the workload that what they render belongs to. */
export function assignFiles(placed: readonly Placed[], chart: string): Assignment {
  const owners = ownersOf(placed);
  const names = workloadNames(placed, chart);
  const groups = new Groups();
  const byFile = new Map<string, Set<string>>();
  placed.forEach(({ source }, i) => {
    const [owner] = owners[i]?.size === 1 ? [...owners[i]] : [];
    const name =
      owner === undefined ? (names.size === 1 ? [...names.values()][0] : undefined) : names.get(owner);
    const own = byFile.get(source) ?? new Set<string>();
    byFile.set(source, own.add(name ?? SHARED));
  });
  const notices = [...byFile].flatMap(([source, found]) => joined(groups, source, found));
  const services = new Map<string, Set<string>>();
  for (const [source, found] of byFile) {
    const name = groups.nameOf([...found].find((one) => one !== SHARED) ?? SHARED);
    services.set(name, (services.get(name) ?? new Set()).add(source));
  }
  return { services, notices };
}

/** Services that one file holds together become one. What is shared goes with whoever has the file. */
function joined(groups: Groups, source: string, found: ReadonlySet<string>): Notice[] {
  const own = [...found].filter((name) => name !== SHARED);
  const [first, ...others] = own;
  if (first === undefined || others.length === 0) return [];
  for (const other of others) groups.join(first, other);
  const message = `keeps ${own.join(', ')} together as one service`;
  return [{ place: `${source}:1`, code: 'NotSplit', message }];
}

/** Sets of names that are joined to larger ones. */
class Groups {
  readonly #parent = new Map<string, string>();

  nameOf(name: string): string {
    const parent = this.#parent.get(name);
    return parent === undefined ? name : this.nameOf(parent);
  }

  join(a: string, b: string): void {
    const [first, second] = [this.nameOf(a), this.nameOf(b)];
    if (first !== second) this.#parent.set(second, first);
  }
}

/** Files that render nothing with the chart's values, and CRDs: they have a place, too. */
export function assignRest(files: readonly TemplateFile[], { services }: Assignment, chart: Chart) {
  const byFile = new Map(
    [...services].flatMap(([name, own]) => [...own].map((path) => [path, name] as const)),
  );
  const notices: Notice[] = [];
  const names = [...services.keys()].filter((name) => name !== SHARED);
  for (const { path } of renderable(files)) {
    if (byFile.has(path) || isUnused(path, chart)) continue;
    const name = neighbourOf(path, byFile) ?? (names.length === 1 ? names[0] : undefined) ?? SHARED;
    byFile.set(path, name);
    const message = `renders nothing with the chart's values; it is a part of service ${name}`;
    notices.push({ place: `${path}:1`, code: 'NotRendered', message });
  }
  for (const { path } of files) if (/^crds\/.*\.(ya?ml|json)$/.test(path)) byFile.set(path, CRDS);
  return { byFile, notices };
}

/** Templates of library charts are there to be included. */
function isUnused(path: string, chart: Chart): boolean {
  const [, name] = /^charts\/([^/]+)\//.exec(path) ?? [];
  return chart.dependencies.some((one) => one.name === name && one.isLibrary);
}

/** The service that has all other files of the same folder, when there is one and the folder is not the common one. */
function neighbourOf(path: string, byFile: ReadonlyMap<string, string>): string | undefined {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (folder === 'templates/') return undefined;
  const near = new Set([...byFile].filter(([other]) => other.startsWith(folder)).map(([, name]) => name));
  return near.size === 1 ? [...near][0] : undefined;
}

/** Files that are templates of objects. */
export function renderable(files: readonly TemplateFile[]): TemplateFile[] {
  return files.filter(({ path }) => {
    const base = path.split('/').at(-1) ?? '';
    return (
      /(^|\/)templates\//.test(path) &&
      !base.startsWith('_') &&
      base !== 'NOTES.txt' &&
      !path.includes('templates/tests/')
    );
  });
}
