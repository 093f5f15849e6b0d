/** Three-way merge of templates: a newer chart with what was changed of the older one. Pure. */
import { stableStringify } from '../../core/digest.js';
import type { FieldProblem } from '../../core/errors.js';
import type { TemplateContent, TemplateFile, TemplateService } from '../../model/template.js';
import { mergeText } from './merge-text.js';

export type Preference = 'mine' | 'theirs';

export interface MergedTemplate {
  content: TemplateContent;
  /** What both changed differently, by `file:line`; solved as preferred. */
  conflicts: FieldProblem[];
}

interface Sides<T> {
  base?: T;
  mine?: T;
  theirs?: T;
}

/**
 * @param base the chart as it came
 * @param mine what was made of it here
 * @param theirs the newer chart, divided into services
 */
export function mergeTemplates(
  base: TemplateContent,
  mine: TemplateContent,
  theirs: TemplateContent,
  prefer: Preference = 'mine',
): MergedTemplate {
  const conflicts: FieldProblem[] = [];
  const byPath = (content: TemplateContent) => new Map(content.files.map((file) => [file.path, file]));
  const files = merged(byPath(base), byPath(mine), byPath(theirs), (path, sides) =>
    mergeFile(path, sides, prefer, conflicts),
  );
  const byName = (content: TemplateContent) => new Map(content.services.map((one) => [one.name, one]));
  const services = merged(byName(base), byName(mine), byName(theirs), (name, sides) =>
    mergeService(name, sides, prefer, conflicts),
  );
  return { content: { files, services: withFiles(services, files, theirs) }, conflicts };
}

/** Everything of three maps, in the order of theirs, then mine. */
function merged<T>(
  base: ReadonlyMap<string, T>,
  mine: ReadonlyMap<string, T>,
  theirs: ReadonlyMap<string, T>,
  merge: (key: string, sides: Sides<T>) => T | undefined,
): T[] {
  const keys = [...new Set([...theirs.keys(), ...mine.keys()])];
  return keys.flatMap((key) => {
    const sides = { base: base.get(key), mine: mine.get(key), theirs: theirs.get(key) };
    return merge(key, sides) ?? [];
  });
}

const same = (a: unknown, b: unknown): boolean => stableStringify(a ?? null) === stableStringify(b ?? null);

/** The side that changed, when only one did; `undecided` when both did. */
function oneSided<T>({ base, mine, theirs }: Sides<T>): { value: T | undefined } | 'undecided' {
  if (same(base, theirs) || same(mine, theirs)) return { value: mine };
  return same(base, mine) ? { value: theirs } : 'undecided';
}

function mergeFile(
  path: string,
  sides: Sides<TemplateFile>,
  prefer: Preference,
  conflicts: FieldProblem[],
): TemplateFile | undefined {
  const decided = oneSided(sides);
  if (decided !== 'undecided') return decided.value;
  const { base, mine, theirs } = sides;
  if (mine?.text === undefined || theirs?.text === undefined) {
    const gone =
      mine === undefined ? 'was removed here and changed in the chart' : 'was changed here and in the chart';
    const message = theirs === undefined ? 'was changed here and removed from the chart' : gone;
    conflicts.push({ path: `${path}:1`, message, code: 'MergeConflict' });
    return sides[prefer];
  }
  const result = mergeText(base?.text ?? '', mine.text, theirs.text, prefer);
  for (const conflict of result.conflicts) {
    const message = `here: ${quoted(conflict.mine)}; in the chart: ${quoted(conflict.theirs)}`;
    conflicts.push({ path: `${path}:${conflict.line}`, message, code: 'MergeConflict' });
  }
  return { path, text: result.text };
}

const SHOWN = 200;

function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

/** Field by field; files come from where they are, below. */
function mergeService(
  name: string,
  sides: Sides<TemplateService>,
  prefer: Preference,
  conflicts: FieldProblem[],
): TemplateService | undefined {
  const decided = oneSided(sides);
  if (decided !== 'undecided') return decided.value;
  const { base, mine, theirs } = sides;
  if (!mine || !theirs) return mine ?? theirs;
  const field = <K extends keyof TemplateService>(key: K): TemplateService[K] => {
    const one = oneSided({ base: base?.[key], mine: mine[key], theirs: theirs[key] });
    if (one !== 'undecided') return one.value as TemplateService[K];
    const message = `${key} was changed here and in the chart`;
    if (key !== 'templates') conflicts.push({ path: `services.${name}`, message, code: 'MergeConflict' });
    return (prefer === 'mine' ? mine : theirs)[key];
  };
  return {
    ...mine,
    dependsOn: field('dependsOn'),
    templates: field('templates'),
    env: field('env'),
    files: field('files'),
  };
}

/** Each file belongs to one service that is there: new ones to the one the chart's division gives them. */
function withFiles(
  services: readonly TemplateService[],
  files: readonly TemplateFile[],
  theirs: TemplateContent,
): TemplateService[] {
  const paths = new Set(files.map(({ path }) => path));
  const owned = new Set(services.flatMap(({ templates }) => templates));
  const added = theirs.services.flatMap(({ name, templates }) =>
    templates.filter((path) => !owned.has(path)).map((path) => [path, name] as const),
  );
  const names = new Set(services.map(({ name }) => name));
  const kept = services.map((service) => ({
    ...service,
    dependsOn: service.dependsOn.filter((other) => names.has(other)),
    templates: [
      ...service.templates.filter((path) => paths.has(path) || path.startsWith('charts/')),
      ...added.filter(([, name]) => name === service.name).map(([path]) => path),
    ],
  }));
  return onlyOnce(kept).filter(({ templates }) => templates.length > 0);
}

/** A file that two services have stays with the first. */
function onlyOnce(services: readonly TemplateService[]): TemplateService[] {
  const taken = new Set<string>();
  return services.map((service) => {
    const templates = service.templates.filter((path) => !taken.has(path));
    for (const path of templates) taken.add(path);
    return { ...service, templates };
  });
}
