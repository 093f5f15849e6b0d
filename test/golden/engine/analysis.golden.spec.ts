/** Analysis of whole charts: a traced render is the same render, and reads no key the static bound leaves out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { analyzeChart, traceChart } from '../../../src/engine/analysis/chart.js';
import type { Chart } from '../../../src/engine/chart/chart.js';
import { readValues } from '../../../src/engine/chart/load.js';
import { type ChartRenderOptions, renderChart } from '../../../src/engine/chart/render.js';
import { TemplateError } from '../../../src/engine/errors.js';
import { loadChartFrom } from '../../../src/engine/node/load-chart.js';
import { nodeEnvironment } from '../../../src/engine/node/node-environment.js';

/** BERTH_CHARTS_DIR names another folder of charts to try. */
const folder = process.env['BERTH_CHARTS_DIR'] ?? new URL('charts', import.meta.url).pathname;

interface ChartCase {
  chart: string;
  values?: string;
}

function casesOf(chart: string): ChartCase[] {
  const ci = join(folder, chart, 'ci');
  const files = existsSync(ci) ? readdirSync(ci).filter((file) => file.endsWith('.yaml')) : [];
  return [{ chart }, ...files.map((file) => ({ chart, values: join(ci, file) }))];
}

const cases = readdirSync(folder).flatMap(casesOf);

function optionsFor(file: string | undefined): ChartRenderOptions {
  return {
    release: { name: 'rel', namespace: 'ns1' },
    values: file === undefined ? undefined : readValues(readFileSync(file, 'utf8')),
    capabilities: { kubeVersion: 'v1.36.3' },
    // Chance and time stand still: two renders are compared.
    environment: { ...nodeEnvironment(), random: (length) => new Uint8Array(length).fill(7), now: () => 0n },
  };
}

/** Undefined for a chart that is refused. */
function orRefused<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

const loadedChart = (chart: string) => orRefused(() => loadChartFrom(join(folder, chart)));

const renderedFiles = (chart: Chart, options: ChartRenderOptions) =>
  orRefused(() => renderChart(chart, options).files);

describe.each(cases)('$chart $values', ({ chart, values }) => {
  it('traces and bounds what it reads', () => {
    const options = optionsFor(values);
    const loaded = loadedChart(chart);
    const files = loaded && renderedFiles(loaded, options);
    // Charts made to fail have nothing to analyse.
    if (!files) return;
    const traced = traceChart(loaded, options);
    for (const [name, text] of files) expect(traced.files.get(name)?.text).toBe(text);
    const bound = analyzeChart(loaded, options).reads;
    const missed = traced.reads.reads().filter(({ path }) => !bound.touches(path));
    expect(missed).toEqual([]);
  });
});
