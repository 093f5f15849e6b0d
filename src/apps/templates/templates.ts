/** Templates of tenants: saving, reading, comparing, rolling back, merging newer charts. */
import { createTwoFilesPatch } from 'diff';
import { stableStringify } from '../../core/digest.js';
import { BerthError, type FieldProblem } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { berthResources } from '../../model/kinds.js';
import type {
  Template,
  TemplateContent,
  TemplateFile,
  TemplateSource,
  TemplateVersion,
} from '../../model/template.js';
import { deflate, inflate, PACKED_BYTES, tooLarge } from '../content.js';
import { refuseProblems } from '../problems.js';
import { type Draft, type Edit, type Saved, type Version, VersionStore } from '../versions/version-store.js';
import { checkContent } from './checks.js';
import { mergeTemplates, type Preference } from './merge.js';

export type ReadTemplate = Version<TemplateVersion, TemplateContent>;
export type SavedTemplate = Saved<TemplateVersion, TemplateContent>;

export interface TemplatesOptions {
  client: KubeClient;
  inUse: (template: Template) => Iterable<number> | Promise<Iterable<number>>;
  now: () => Date;
}

export class Templates {
  readonly versions: VersionStore<Template, TemplateVersion, TemplateContent>;

  constructor({ client, inUse, now }: TemplatesOptions) {
    this.versions = new VersionStore({
      client,
      parent: berthResources.Template,
      version: berthResources.TemplateVersion,
      field: 'template',
      extra: () => ({}),
      describe: changedFiles,
      inUse,
      now,
    });
  }

  /**
   * @param source where the content comes from; absent for an edit of the newest version, which keeps its origin
   * @throws BerthError `TemplateInvalid`, `ContentTooLarge` (422), `VersionConflict` (409)
   */
  async save(
    template: Template,
    edit: Edit,
    content: TemplateContent,
    source?: TemplateSource,
  ): Promise<SavedTemplate> {
    refuseProblems(
      'TemplateInvalid',
      checkContent(content).filter(({ severity }) => severity === 'error'),
    );
    return this.versions.save(template, edit, (before) => draftOf(content, source, before));
  }

  async rollBack(template: Template, to: number, edit: Edit): Promise<SavedTemplate> {
    const { content, object } = await this.versions.read(template, to);
    const { source, upstream } = object.spec;
    const extra = { source, ...(upstream !== undefined && { upstream }) };
    return this.versions.save(template, { ...edit, rollbackOf: to }, () => ({ content, extra }));
  }

  /**
   * Merges a newer chart with what was changed here since the chart came.
   * @throws BerthError `MergeConflict` (409) with every place both changed, unless told whose counts
   */
  async upgrade(
    template: Template,
    edit: Edit,
    chart: { content: TemplateContent; source: TemplateSource },
    prefer?: Preference,
  ): Promise<SavedTemplate> {
    return this.versions.save(template, edit, (before) => {
      const base = before && upstreamOf(before);
      if (!before || !base) throw noChart(template.metadata.name);
      const { content, conflicts } = mergeTemplates(base, before.content, chart.content, prefer);
      if (conflicts.length > 0 && prefer === undefined) throw mergeConflict(conflicts);
      const errors = checkContent(content).filter(({ severity }) => severity === 'error');
      refuseProblems('TemplateInvalid', errors);
      return withUpstream(content, chart.source, deflate(chart.content));
    });
  }
}

/** An edit of a chart keeps the chart it came from beside it. */
function draftOf(
  content: TemplateContent,
  source: TemplateSource | undefined,
  before: ReadTemplate | undefined,
): Draft<TemplateContent> {
  if (source) return { content, extra: { source } };
  const origin = before?.object.spec.source ?? { type: 'Edit' as const };
  if (origin.type !== 'Chart' || !before) return { content, extra: { source: origin } };
  const upstream = before.object.spec.upstream ?? deflate(before.content);
  return withUpstream(content, origin, upstream);
}

function withUpstream(
  content: TemplateContent,
  source: TemplateSource,
  upstream: string,
): Draft<TemplateContent> {
  const size = deflate(content).length + upstream.length;
  if (size > PACKED_BYTES) throw tooLarge(size, PACKED_BYTES);
  return { content, extra: { source, upstream } };
}

/** The chart as it came; undefined for what is no chart. */
function upstreamOf({ object, content }: ReadTemplate): TemplateContent | undefined {
  if (object.spec.source.type !== 'Chart') return undefined;
  const { upstream } = object.spec;
  return upstream === undefined ? content : (inflate(upstream) as TemplateContent | undefined);
}

export interface FileChange {
  path: string;
  change: 'Added' | 'Removed' | 'Changed';
  /** Unified diff; empty for bytes. */
  diff: string;
}

/** What two versions of a template differ in, file by file; the services are one more file. */
export function compareFiles(before: TemplateContent, after: TemplateContent): FileChange[] {
  const old = new Map(filesOf(before).map((file) => [file.path, file]));
  const now = new Map(filesOf(after).map((file) => [file.path, file]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const [a, b] = [old.get(path), now.get(path)];
    if (a?.text === b?.text && a?.base64 === b?.base64) return [];
    return [{ path, change: changeOf(a, b), diff: fileDiff(path, a, b) }];
  });
}

function changeOf(a: TemplateFile | undefined, b: TemplateFile | undefined): FileChange['change'] {
  if (a === undefined) return 'Added';
  return b === undefined ? 'Removed' : 'Changed';
}

function filesOf({ files, services }: TemplateContent): TemplateFile[] {
  // Sorted: the API server gives fields back in an order of its own.
  const sorted: unknown = JSON.parse(stableStringify(services));
  return [...files, { path: 'services.json', text: `${JSON.stringify(sorted, undefined, 2)}\n` }];
}

function fileDiff(path: string, a: TemplateFile | undefined, b: TemplateFile | undefined): string {
  if ((a ?? b)?.text === undefined) return '';
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, a?.text ?? '', b?.text ?? '', undefined, undefined, {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  });
}

function changedFiles(before: TemplateContent, after: TemplateContent): FieldProblem[] {
  return compareFiles(before, after).map(({ path, change, diff }) => ({
    path,
    message: diff || change,
    code: change,
  }));
}

function noChart(name: string): BerthError {
  return new BerthError(
    'NotFromChart',
    `Template "${name}" was not made from a chart, so no chart can be merged with it.`,
    {
      status: 409,
      next: 'Save the new content as a version, or import the chart as another template.',
    },
  );
}

function mergeConflict(conflicts: FieldProblem[]): BerthError {
  const places = conflicts.length === 1 ? 'one place was' : `${conflicts.length} places were`;
  return new BerthError('MergeConflict', `${places} changed here and in the chart, differently.`, {
    status: 409,
    fields: conflicts,
    next: 'Say whose changes count there (onConflict: mine or theirs), or change the template first. Nothing was saved.',
  });
}
