/** Taking a chart apart into services: one for each workload, with all that belongs to it. Pure. */
import {
  type Chart,
  parseYaml,
  renderChart,
  type RenderedChart,
  repeatableEnvironment,
  splitDocuments,
  TemplateError,
  toPlain,
} from '../../../engine/index.js';
import { nodeCrypto } from '../../../engine/node/index.js';
import type { KubeObject } from '../../../kube/types.js';
import type { TemplateContent, TemplateFile, TemplateService } from '../../../model/template.js';
import type { KeyInput } from '../../configs/keys.js';
import { valuesTable } from '../../configs/values.js';
import { chartOf } from '../chart-of.js';
import { isWorkload, ownersOf, type Placed } from './owners.js';
import { splitFile } from './split-file.js';

/** Something that could not be done as one would wish, and what was done instead. */
export interface Notice {
  /** `templates/all.yaml:12` */
  place: string;
  code: 'NotSplit' | 'NotRendered' | 'Hook' | 'RenderFailed' | 'SecretInValues';
  message: string;
}

export interface Decomposed {
  content: TemplateContent;
  notices: Notice[];
}

/** Belongs to several services, or to none: it starts before the others. */
export const SHARED = 'shared';
export const CRDS = 'crds';
const RELEASE = 'berth-release';
const NOW_MS = 1_700_000_000_000;

/**
 * Divides the files of a chart into services, going by what it renders with its own values. Files of several services
 * are cut at their documents; what cannot be cut keeps its services together, and a notice says where.
 * @param keys what it is rendered with beside its own values
 * @throws TemplateError ChartInvalid
 */
export function decompose(files: readonly TemplateFile[], keys: readonly KeyInput[] = []): Decomposed {
  const whole = { files: [...files], services: [] };
  const chart = chartOf(whole);
  const render = (of: Chart) => renderForDecomposition(of, keys);
  const rendered = tryRender(() => render(chart));
  if (rendered instanceof TemplateError) return undivided(whole, chart, rendered);
  const { files: cut, notices } = cutFiles(whole.files, placedOf(chart, rendered), files);
  const content = { files: cut, services: [] };
  const again = cut === whole.files ? rendered : render(chartOf(content));
  const placed = placedOf(chart, again);
  const assigned = assignFiles(placed, chart.name);
  const rest = assignRest(content.files, assigned, chart);
  const services = servicesOf(assigned.services, rest.byFile);
  return {
    content: { files: cut, services },
    notices: [...notices, ...assigned.notices, ...rest.notices, ...hookNotices(chart, again)],
  };
}

function renderForDecomposition(chart: Chart, keys: readonly KeyInput[]): RenderedChart {
  const values = valuesTable({
    config: '',
    version: 0,
    keys: keys.map(({ name, type = 'string', value, base64 }) => ({
      name,
      type,
      value: value ?? base64 ?? '',
    })),
  });
  const environment = repeatableEnvironment({
    seed: '',
    now: BigInt(NOW_MS) * 1_000_000n,
    crypto: nodeCrypto,
  });
  return renderChart(chart, { release: { name: RELEASE }, values, environment, skipSchemaValidation: true });
}

function tryRender(render: () => RenderedChart): RenderedChart | TemplateError {
  try {
    return render();
  } catch (error) {
    if (error instanceof TemplateError && error.code !== 'ChartInvalid') return error;
    throw error;
  }
}

/** A chart that needs values to render stays one service. */
function undivided({ files }: TemplateContent, chart: Chart, error: TemplateError): Decomposed {
  const templates = renderable(files).map(({ path }) => path);
  const { file = chart.name, line = 1 } = error;
  const message = `does not render with the chart's own values, so its services stay together: ${error.message}`;
  return {
    content: { files, services: [{ name: nameFrom(chart.name), dependsOn: [], templates }] },
    notices: [{ place: `${file.replace(`${chart.name}/`, '')}:${line}`, code: 'RenderFailed', message }],
  };
}

function placedOf(chart: Chart, { manifests, hooks }: RenderedChart): Placed[] {
  const kept = manifests.concat(hooks.filter(({ events }) => !events.includes('test')));
  return kept.flatMap(({ source, content }) => {
    const object = toPlain(parseYaml(content));
    return isObject(object) ? [{ object, source: source.slice(chart.name.length + 1) }] : [];
  });
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'kind' in value && 'metadata' in value;
}

/** Cuts the files that hold objects of several services. */
function cutFiles(
  files: TemplateFile[],
  placed: readonly Placed[],
  all: readonly TemplateFile[],
): { files: TemplateFile[]; notices: Notice[] } {
  const owners = ownersOf(placed);
  const notices: Notice[] = [];
  const cut = files.flatMap((file): TemplateFile[] => {
    const own = placed.flatMap(({ source }, i) => (source === file.path ? [ownerKey(owners[i])] : []));
    if (new Set(own).size < 2) return [file];
    const parts = piecesOf(file, all);
    if (Array.isArray(parts)) return parts;
    notices.push({
      place: `${file.path}:${parts.line}`,
      code: 'NotSplit',
      message: `holds objects of several services and cannot be cut: ${parts.why}`,
    });
    return [file];
  });
  return { files: cut.length === files.length ? files : cut, notices };
}

const ownerKey = (owners: ReadonlySet<number> | undefined): string =>
  owners?.size === 1 ? [...owners].join('') : SHARED;

function piecesOf(
  file: TemplateFile,
  all: readonly TemplateFile[],
): TemplateFile[] | { line: number; why: string } {
  const base = `/${file.path.split('/').at(-1) ?? ''}`;
  const user = all.find(({ path, text }) => path !== file.path && text?.includes(`"${base}"`));
  if (user) return { line: 1, why: `${user.path} includes it by its name` };
  const split = splitFile(file.path, file.text ?? '');
  if (!('pieces' in split)) return split;
  const extension = /\.[^./]+$/.exec(file.path)?.[0] ?? '';
  const stem = file.path.slice(0, file.path.length - extension.length);
  return split.pieces.map(({ text }, i) => ({ path: `${stem}-${i + 1}${extension}`, text }));
}

interface Assignment {
  /** Name of a service, in the order of its first object, and its files. */
  services: Map<string, Set<string>>;
  notices: Notice[];
}

function assignFiles(placed: readonly Placed[], chart: string): Assignment {
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

/** A name for each workload: its own, without the release's and the chart's before it. */
function workloadNames(placed: readonly Placed[], chart: string): Map<number, string> {
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

function renderable(files: readonly TemplateFile[]): TemplateFile[] {
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

/** Files that render nothing with the chart's values, and CRDs: they have a place, too. */
function assignRest(files: readonly TemplateFile[], { services }: Assignment, chart: Chart) {
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

function servicesOf(
  order: ReadonlyMap<string, unknown>,
  byFile: ReadonlyMap<string, string>,
): TemplateService[] {
  const names = [...new Set([...order.keys(), ...byFile.values()])].sort((a, b) => rank(a) - rank(b));
  const before = names.filter((name) => name === SHARED || name === CRDS);
  return names.map((name) => ({
    name,
    dependsOn: before.filter((other) => rank(other) < rank(name)),
    templates: [...byFile].filter(([, of]) => of === name).map(([path]) => path),
  }));
}

const rank = (name: string): number => (name === CRDS ? 0 : name === SHARED ? 1 : 2);

function hookNotices(chart: Chart, { hooks }: RenderedChart): Notice[] {
  return hooks.map(({ source, events }) => ({
    place: `${source.slice(chart.name.length + 1)}:1`,
    code: 'Hook' as const,
    message: events.includes('test')
      ? 'is a test hook: it is not deployed'
      : `is a hook (${events.join(', ')}): it is deployed with its service, in the order of kinds`,
  }));
}

/** Objects of a text of several documents. */
export function objectsIn(text: string): KubeObject[] {
  return splitDocuments(text)
    .map((document) => toPlain(parseYaml(document)))
    .filter(isObject);
}
