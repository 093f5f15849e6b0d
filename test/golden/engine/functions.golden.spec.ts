import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { toBytes } from '../../../src/engine/bytes.js';
import { ChartFile } from '../../../src/engine/chart/chart.js';
import { loadChart } from '../../../src/engine/chart/load.js';
import { formatManifests, renderChart } from '../../../src/engine/chart/render.js';
import { DEFAULT_LIMITS } from '../../../src/engine/language/budget.js';
import { nodeLoadOptions } from '../../../src/engine/node/load-chart.js';
import { nodeEnvironment } from '../../../src/engine/node/node-environment.js';
import { helmBinary } from '../../support/helm-binary.js';

/** Every function with what Helm makes of it. Add a case with its template only and run with `UPDATE=1`. */
interface Case {
  template: string;
  output?: string;
  error?: string;
}
interface Golden {
  values: unknown;
  cases: Case[];
}

const UPDATE = process.env.UPDATE === '1';
const HELM = UPDATE ? await helmBinary() : '';
const goldenFile = new URL('functions.json', import.meta.url).pathname;
const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden;

/** The case is a partial, and what it gives goes through base64: so Helm can neither cut nor refuse it. */
const FRAME = 'out: {{ include "c/templates/_case.tpl" . | b64enc }}\n';
const CHART = 'apiVersion: v2\nname: c\nversion: 1.2.3\n';
const VALUES = JSON.stringify(golden.values);

function askHelm(template: string): Omit<Case, 'template'> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-functions-'));
  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), CHART);
    writeFileSync(join(folder, 'values.yaml'), VALUES);
    writeFileSync(join(folder, 'templates', 'frame.yaml'), FRAME);
    writeFileSync(join(folder, 'templates', '_case.tpl'), template);
    const { status, stdout, stderr } = spawnSync(HELM, ['template', 'rel', folder, '--namespace', 'ns']);
    return status === 0 ? resultOf(stdout.toString()) : { error: errorOf(stderr.toString()) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text inside the frame; bytes that are no UTF-8 are shown as replacement characters. */
function resultOf(manifest: string): Omit<Case, 'template'> {
  const encoded = /^out: ?(.*)$/m.exec(manifest)?.[1] ?? '';
  return { output: Buffer.from(encoded, 'base64').toString() };
}

function errorOf(text: string): string {
  const lines = text.split('\n').filter((line) => !/^(?:WARNING|level=)/.test(line));
  return lines
    .join('\n')
    .replace(/^Error: /, '')
    .replace(/\n\nUse --debug flag.*/s, '')
    .trim();
}

function renderOurs(template: string): Omit<Case, 'template'> {
  const files = [
    ['Chart.yaml', CHART],
    ['values.yaml', VALUES],
    ['templates/frame.yaml', FRAME],
    ['templates/_case.tpl', template],
  ].map(([name = '', text = '']) => new ChartFile(name, toBytes(text)));
  try {
    const rendered = renderChart(loadChart(files, nodeLoadOptions), {
      release: { name: 'rel', namespace: 'ns' },
      environment: nodeEnvironment(),
      limits: { ...DEFAULT_LIMITS, milliseconds: 60_000 },
    });
    return resultOf(formatManifests(rendered));
  } catch (error) {
    return { error: (error as Error).message.trim() };
  }
}

describe('template functions give what Helm gives', () => {
  it.each(golden.cases)('$template', (one) => {
    if (UPDATE) Object.assign(one, { output: undefined, error: undefined }, askHelm(one.template));
    const { output, error } = one;
    expect(renderOurs(one.template)).toEqual(error === undefined ? { output } : { error });
  });

  afterAll(() => {
    if (UPDATE) writeFileSync(goldenFile, `${JSON.stringify(golden, null, 1)}\n`);
  });
});
