import type { Environment } from '../environment.js';
import { TemplateError } from '../errors.js';
import { RequestedFailure } from '../functions/helm.js';
import { helmFunctionMap } from '../functions/index.js';
import { basePath } from '../functions/paths.js';
import { trimSpace } from '../go/unicode.js';
import { type BudgetLimits, RenderBudget } from '../language/budget.js';
import { Evaluator } from '../language/evaluator.js';
import { TemplateSet } from '../language/template-set.js';
import type { Output } from '../language/tracer.js';
import { GoMap, type Value } from '../value.js';
import { type Capabilities, type CapabilitiesOptions, capabilitiesOf } from './capabilities.js';
import type { Chart, ChartFile } from './chart.js';
import { isCompatibleRange, missingDependencies, processDependencies } from './dependencies.js';
import { type Hook, type Manifest, sortManifests } from './manifests.js';
import { validateValues } from './schema.js';
import { type ChartTemplate, type ReleaseOptions, collectTemplates, releaseObject } from './template-data.js';
import { type Table, coalesceValues } from './values.js';

/** What Go prints where nothing is: Helm takes it out of every rendered file. */
export const NO_VALUE = '<no value>';
const NOTES = 'NOTES.txt';

export interface ChartRenderOptions {
  release: ReleaseOptions;
  /** Given values: they go over those of the chart. */
  values?: Table;
  /** The target cluster's. */
  capabilities?: CapabilitiesOptions;
  /** Chance, time, cluster and keys. */
  environment: Environment;
  limits?: BudgetLimits;
  /** Do not check values against values.schema.json. */
  skipSchemaValidation?: boolean;
  /** Which templates to execute, by name (`chart/templates/service.yaml`): all unless told. Others can be included. */
  only?: (template: string) => boolean;
}

/** What Helm makes of a chart. */
export interface RenderedChart {
  /** Every rendered file but NOTES.txt, by its path: `chart/templates/service.yaml`. */
  files: ReadonlyMap<string, string>;
  /** Objects in the order of installation. */
  manifests: Manifest[];
  hooks: Hook[];
  /** The chart's own NOTES.txt. */
  notes: string;
  /** Files of crds/ as they are, of subcharts, too: Helm installs them first and never changes them. */
  crds: CrdFile[];
}

export interface CrdFile {
  /** `chart/crds/thing.yaml`. */
  source: string;
  content: string;
}

/** A chart ready to be rendered: which templates run in which order with which data. */
export interface PreparedChart {
  /** The tree that is rendered: subcharts that are off are gone. */
  chart: Chart;
  templates: readonly ChartTemplate[];
  set: TemplateSet;
  values: Table;
}

/**
 * Renders a chart as `helm install` does up to the point where it would talk to the cluster.
 *
 * @throws TemplateError ChartInvalid, ValuesInvalid, ParseError, ExecutionError or BudgetExceeded, with Helm's
 *   message
 */
export function renderChart(chart: Chart, options: ChartRenderOptions): RenderedChart {
  const prepared = prepareChart(chart, options);
  const budget = new RenderBudget(options.limits);
  const evaluator = new Evaluator(prepared.set, { environment: options.environment, budget });
  const files = new Map<string, string>();
  for (const template of prepared.templates) {
    if (basePath(template.name).startsWith('_') || options.only?.(template.name) === false) continue;
    files.set(template.name, executeTemplate(evaluator, template).text.replaceAll(NO_VALUE, ''));
  }
  const notes = takeNotes(files, prepared.chart.name);
  const crds = collectCrds(prepared.chart, prepared.chart.name);
  return { files, notes, crds, ...sortManifests(files) };
}

/** Everything of a render that comes before templates run. Throws as `renderChart` does. */
export function prepareChart(chart: Chart, options: ChartRenderOptions): PreparedChart {
  checkInstallable(chart);
  const given = options.values ?? new Map<string, Value>();
  const processed = processDependencies(chart, given);
  const capabilities = capabilitiesOf(options.capabilities);
  const values = coalesceValues(processed, given);
  if (options.skipSchemaValidation !== true) validateValues(processed, values);
  checkKubeVersion(processed, capabilities);
  const release = releaseObject(options.release);
  const templates = collectTemplates(processed, values, { release, capabilities });
  return { chart: processed, templates, set: templateSetOf(chart, templates), values };
}

function checkInstallable(chart: Chart): void {
  if (chart.isLibrary) throw new TemplateError('ChartInvalid', 'library charts are not installable');
  const missing = missingDependencies(chart);
  if (missing.length === 0) return;
  throw new TemplateError(
    'ChartInvalid',
    'An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to ' +
      `fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
  );
}

function checkKubeVersion({ metadata }: Chart, { kubeVersion }: Capabilities): void {
  if (metadata.kubeVersion === '' || isCompatibleRange(metadata.kubeVersion, kubeVersion)) return;
  throw new TemplateError(
    'ChartInvalid',
    `chart requires kubeVersion: ${metadata.kubeVersion} which is incompatible with Kubernetes ${kubeVersion}`,
  );
}

/** Parsed templates of a chart, by the list of those that take part: which do depends on the values. */
const templateSets = new WeakMap<Chart, Map<string, TemplateSet>>();

function templateSetOf(chart: Chart, templates: readonly ChartTemplate[]): TemplateSet {
  const sets = templateSets.get(chart) ?? new Map<string, TemplateSet>();
  templateSets.set(chart, sets);
  const key = templates.map(({ name }) => name).join('\n');
  const known = sets.get(key);
  if (known !== undefined) return known;
  const set = parseTemplates(templates);
  sets.set(key, set);
  return set;
}

function parseTemplates(templates: readonly ChartTemplate[]): TemplateSet {
  const set = new TemplateSet(helmFunctionMap, { name: 'gotpl', missingKey: 'zero' });
  for (const { name, file } of templates) parseTemplate(set, name, file);
  return set;
}

function parseTemplate(set: TemplateSet, name: string, file: ChartFile): void {
  try {
    set.add(name, file.text);
  } catch (error) {
    throw error instanceof TemplateError ? withMessage(error, parseMessage(name, error.message)) : error;
  }
}

/** Helm shortens Go's message to the place and the last part. */
function parseMessage(name: string, message: string): string {
  const parts = message.split(': ');
  if (parts.length === 1) return `parse error in (${name}): ${message}`;
  return `parse error at (${parts[1] ?? ''}): ${parts.at(-1) ?? ''}`;
}

/** Executes one template of a chart. Throws TemplateError with Helm's message. */
export function executeTemplate(evaluator: Evaluator, template: ChartTemplate): Output {
  const { name, data } = template;
  data.set(
    'Template',
    new GoMap('chartutil.Values', [
      ['Name', name],
      ['BasePath', template.basePath],
    ]),
  );
  try {
    return evaluator.execute(name, data);
  } catch (error) {
    throw error instanceof TemplateError ? withMessage(error, executionMessage(error)) : error;
  }
}

/** What `fail` and `required` say is shown without the way that led there. */
function executionMessage(error: TemplateError): string {
  const wish = requestedFailure(error);
  const [, place] = error.message.split(': ', 2);
  return wish === undefined || place === undefined
    ? error.message
    : `execution error at (${place}): ${wish.message}`;
}

function requestedFailure(error: unknown): RequestedFailure | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof RequestedFailure) return cause;
  }
  return undefined;
}

function withMessage(error: TemplateError, message: string): TemplateError {
  if (message === error.message) return error;
  const { code, position } = error;
  const problems = error.problems.length > 1 ? [...error.problems] : undefined;
  return new TemplateError(code, message, { position, problems, cause: error });
}

/** Takes every NOTES.txt out and gives back the top chart's. */
function takeNotes(files: Map<string, string>, chart: string): string {
  let notes = '';
  for (const [name, text] of files) {
    if (!name.endsWith(NOTES)) continue;
    if (name === `${chart}/templates/${NOTES}`) notes = text;
    files.delete(name);
  }
  return notes;
}

function collectCrds(chart: Chart, path: string): CrdFile[] {
  const own = chart.files.filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name));
  return [
    ...own.map((file) => ({ source: `${path}/${file.name}`, content: file.text })),
    ...chart.dependencies.flatMap((subchart) => collectCrds(subchart, `${path}/charts/${subchart.name}`)),
  ];
}

/** The text `helm template` prints: manifests in order, then hooks; with `includeCrds` the CRDs before them. */
export function formatManifests(rendered: RenderedChart, options: { includeCrds?: boolean } = {}): string {
  const write = ({ source, content }: CrdFile): string => `---\n# Source: ${source}\n${content}\n`;
  const crds = options.includeCrds === true ? rendered.crds : [];
  return `${trimSpace([...crds, ...rendered.manifests].map(write).join(''))}\n${rendered.hooks.map(write).join('')}`;
}
