import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { toBytes } from '../../../src/engine/bytes.js';
import { readValues } from '../../../src/engine/chart/load.js';
import { formatManifests, renderChart } from '../../../src/engine/chart/render.js';
import { loadChartFrom } from '../../../src/engine/node/load-chart.js';
import { nodeEnvironment } from '../../../src/engine/node/node-environment.js';
import { helmBinary } from '../../support/helm-binary.js';

/** `UPDATE=1` asks Helm again (a `helm` on the PATH, or Go to build one). */
const UPDATE = process.env.UPDATE === '1';
const HELM = UPDATE ? await helmBinary() : '';
const folder = new URL('.', import.meta.url).pathname;
const goldenFile = join(folder, 'charts.json');

interface Golden {
  output?: string;
  error?: string;
}

const goldens = existsSync(goldenFile)
  ? (JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, Golden>)
  : {};

const cases = readdirSync(join(folder, 'charts')).flatMap((chart) => {
  const ci = join(folder, 'charts', chart, 'ci');
  const files = existsSync(ci) ? readdirSync(ci) : [];
  return [
    { name: chart, chart, values: undefined },
    ...files.map((file) => ({ name: `${chart} ${file}`, chart, values: join(ci, file) })),
  ];
});

function askHelm(chart: string, values: string | undefined): Golden {
  const args = ['template', 'rel', chart, '--namespace', 'ns1', '--kube-version', 'v1.36.3'];
  const { status, stdout, stderr } = spawnSync(HELM, values === undefined ? args : [...args, '-f', values]);
  if (status === 0) return { output: stdout.toString() };
  const lines = stderr
    .toString()
    .split('\n')
    .filter((line) => !/^(?:WARNING|level=|\d{4}\/)/.test(line));
  return {
    error: lines
      .join('\n')
      .replace(/^Error: /, '')
      .replace(/\n\nUse --debug flag.*/s, '')
      .trim(),
  };
}

/** Helm lists what is wrong with values in the order of a Go map, which is another one every time. */
function unlessReordered(asked: Golden, known: Golden | undefined): Golden {
  const lines = (golden: Golden | undefined) => golden?.error?.split('\n').toSorted().join('\n');
  return known?.error !== undefined && lines(known) === lines(asked) ? known : asked;
}

function renderOurs(chart: string, values: string | undefined): Golden {
  try {
    const rendered = renderChart(loadChartFrom(chart), {
      release: { name: 'rel', namespace: 'ns1' },
      values: values === undefined ? undefined : readValues(readFileSync(values, 'utf8')),
      capabilities: { kubeVersion: 'v1.36.3' },
      environment: nodeEnvironment(),
    });
    return { output: Buffer.from(toBytes(formatManifests(rendered))).toString() };
  } catch (error) {
    return { error: (error as Error).message.trim() };
  }
}

describe('charts render as Helm renders them', () => {
  it.each(cases)('$name', ({ name, chart, values }) => {
    const path = join(folder, 'charts', chart);
    if (UPDATE) goldens[name] = unlessReordered(askHelm(path, values), goldens[name]);
    expect(renderOurs(path, values)).toEqual(goldens[name]);
  });

  it('has a golden for every case and none too many', () => {
    if (UPDATE) writeFileSync(goldenFile, `${JSON.stringify(goldens, null, 1)}\n`);
    expect(Object.keys(goldens).toSorted()).toEqual(cases.map(({ name }) => name).toSorted());
  });
});
