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
  const { set, templates, values } = prepareChart(chart, options);
  const trace = new Trace({ values, secrets: options.secrets });
  const budget = new RenderBudget(options.limits);
  const evaluator = new Evaluator(set, { environment: options.environment, budget, tracer: trace });
  const files = new Map<string, TracedText>();
  for (const template of templates) {
    if (isPartial(template.name)) continue;
    const output = executeTemplate(evaluator, template);
    const spans = trace.textNote(output, NO_VALUE)?.spans ?? [];
    files.set(template.name, { text: output.text.replaceAll(NO_VALUE, ''), spans });
  }
  return { files, reads: trace.reads };
}

/**
 * Variables and the upper bound of reads of a chart with its subcharts, whatever its values are; which subcharts
 * take part depends on the values given.
 *
 * @throws TemplateError as `renderChart` does before it runs templates
 */
export function analyzeChart(chart: Chart, options: ChartRenderOptions): Analysis {
  const { set, templates } = prepareChart(chart, { ...options, skipSchemaValidation: true });
  const entries = templates
    .filter(({ name }) => !isPartial(name))
    .map(({ name }) => ({ name, root: subchartsOf(name) }));
  return analyze(set, helmFunctionMap, entries);
}

const isPartial = (name: string): boolean => (name.split('/').at(-1) ?? '').startsWith('_');

/** Names of the subcharts a file lies in: `top/charts/db/templates/x.yaml` lies in `db`. */
function subchartsOf(file: string): string[] {
  const [, ...parts] = file.slice(0, file.indexOf('/templates/')).split('/');
  return parts.filter((_, i) => i % 2 === 1 && parts[i - 1] === 'charts');
}
