/** Knowledge about whole charts: what they use, and what a render of them read and made of secrets. */
import type { Chart } from '../chart/chart.js';
import { type ChartRenderOptions, executeTemplate, NO_VALUE, prepareChart } from '../chart/render.js';
import { helmFunctionMap } from '../functions/index.js';
import { RenderBudget } from '../language/budget.js';
import { Evaluator } from '../language/evaluator.js';
import { type Analysis, analyze } from './analyze.js';
import type { TracedText } from './preview.js';
import type { KeyPath, ReadSet } from './read-set.js';
import { Trace } from './trace.js';

export interface TraceChartOptions extends ChartRenderOptions {
  /** Keys of the values whose values are secret. */
  secrets?: readonly KeyPath[];
}

/** A render with what was seen on the way. */
export interface TracedChart {
  /** Every rendered file, NOTES.txt too, by its path, with the origin of each part. */
  files: ReadonlyMap<string, TracedText>;
  /** Keys of the chart's values that were read. */
  reads: ReadSet;
}

/**
 * Renders a chart and watches. Texts are those of `renderChart`; it costs a few times as long.
 *
 * @throws TemplateError as `renderChart` does
 */
export function traceChart(chart: Chart, options: TraceChartOptions): TracedChart {
  const { chart: used, set, templates, values } = prepareChart(chart, options);
  const trace = new Trace({ values, secrets: options.secrets, subcharts: subchartPaths(used) });
  const budget = new RenderBudget(options.limits);
  const evaluator = new Evaluator(set, { environment: options.environment, budget, tracer: trace });
  const files = new Map<string, TracedText>();
  for (const template of templates) {
    if (isPartial(template.name) || options.only?.(template.name) === false) continue;
    const output = executeTemplate(evaluator, template);
    const spans = trace.textNote(output, NO_VALUE)?.spans ?? [];
    files.set(template.name, { text: output.text.replaceAll(NO_VALUE, ''), spans });
  }
  return { files, reads: trace.reads };
}

/**
 * Variables and the upper bound of reads of a chart with its subcharts. The bound holds for the values given and
 * those that differ from them in keys it does not touch; which subcharts take part depends on them, too.
 *
 * @throws TemplateError as `renderChart` does before it runs templates
 */
export function analyzeChart(chart: Chart, options: ChartRenderOptions): Analysis {
  const prepared = prepareChart(chart, { ...options, skipSchemaValidation: true });
  const { set, templates, values } = prepared;
  const entries = templates
    .filter(({ name }) => !isPartial(name) && options.only?.(name) !== false)
    .map(({ name }) => ({ name, root: subchartsOf(name) }));
  return analyze(set, helmFunctionMap, entries, { values, subcharts: subchartPaths(prepared.chart) });
}

function subchartPaths({ dependencies }: Chart): KeyPath[] {
  return dependencies.flatMap((chart) => [
    [chart.name],
    ...subchartPaths(chart).map((path) => [chart.name, ...path]),
  ]);
}

const isPartial = (name: string): boolean => (name.split('/').at(-1) ?? '').startsWith('_');

/** Names of the subcharts a file lies in: `top/charts/db/templates/x.yaml` lies in `db`. */
function subchartsOf(file: string): string[] {
  const [, ...parts] = file.slice(0, file.indexOf('/templates/')).split('/');
  return parts.filter((_, i) => i % 2 === 1 && parts[i - 1] === 'charts');
}
