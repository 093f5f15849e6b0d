/**
 * `npm run bench -- charts DIR`: renders real charts and compares the bytes with Helm's. DIR either holds
 * `charts/`, `rendered/` and `index.json` (`[{ chart, values, rendered }]`), or is a folder of charts: these are
 * rendered with their own values and with each file in their `ci/`, and compared with `helm template` run now.
 * Prints what differs and why, and the time a render takes beside the `helm` process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { toBytes } from '../../dist/engine/bytes.js';
import { HELM_VERSION } from '../../dist/engine/chart/capabilities.js';
import { readValues } from '../../dist/engine/chart/load.js';
import { formatManifests, renderChart } from '../../dist/engine/chart/render.js';
import { DEFAULT_LIMITS } from '../../dist/engine/language/budget.js';
import { loadChartFrom } from '../../dist/engine/node/load-chart.js';
import { nodeEnvironment } from '../../dist/engine/node/node-environment.js';
import { BinaryProvider } from '../../dist/local/binaries/provider.js';

const RELEASE = { name: 'rel', namespace: 'ns1' };
const KUBE_VERSION = 'v1.36.3';
const WARM_RUNS = 15;
/** Charts whose times are shown one by one. */
const SHOWN = 5;

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('Usage: npm run bench -- charts DIR\n');
  process.exit(2);
}
const helm = await findHelm();
const helmVersion = spawnSync(helm, ['version', '--template', '{{ .Version }}'], { encoding: 'utf8' }).stdout;

function findHelm() {
  const cacheDir = join(process.env.BERTH_CACHE_DIR ?? join(homedir(), '.cache', 'berth'), 'binaries');
  const provider = new BinaryProvider({
    cacheDir,
    binDir: process.env.BERTH_BIN_DIR,
    path: process.env.PATH,
  });
  return provider.path('helm', HELM_VERSION.slice(1));
}

/** What is rendered: a chart's folder, a values file, and the file with what Helm made of them, if there is one. */
function cases() {
  const index = join(directory, 'index.json');
  if (existsSync(index)) {
    return JSON.parse(readFileSync(index, 'utf8')).map(({ chart, values, rendered }) => ({
      name: rendered,
      chart: join(directory, 'charts', chart),
      values: values === null ? undefined : join(directory, 'charts', chart, values),
      rendered: join(directory, 'rendered', rendered),
    }));
  }
  const charts = readdirSync(directory).map((name) => join(directory, name));
  return charts.filter((chart) => existsSync(join(chart, 'Chart.yaml'))).flatMap(casesOfChart);
}

function casesOfChart(chart) {
  const ci = join(chart, 'ci');
  const files = existsSync(ci) ? readdirSync(ci).filter((file) => /\.ya?ml$/.test(file)) : [];
  return [undefined, ...files.map((file) => join(ci, file))].map((values) => ({
    name: values ?? chart,
    chart,
    values,
  }));
}

function runHelm({ chart, values }) {
  const args = [
    'template',
    RELEASE.name,
    chart,
    '--namespace',
    RELEASE.namespace,
    '--kube-version',
    KUBE_VERSION,
  ];
  if (values !== undefined) args.push('-f', values);
  const { status, stdout, stderr } = spawnSync(helm, args, { maxBuffer: 2 ** 28 });
  return status === 0 ? { output: stdout } : { error: errorOf(stderr.toString()) };
}

/** Helm's error without warnings and advice. */
function errorOf(text) {
  const lines = text.split('\n').filter((line) => !/^(?:WARNING|level=|coalesce|\d{4}\/)/.test(line));
  return lines
    .join('\n')
    .replace(/^Error: /, '')
    .replace(/\n\nUse --debug flag.*/s, '')
    .trim();
}

function renderOurs(chart, values) {
  const table = values === undefined ? undefined : readValues(readFileSync(values, 'utf8'));
  return formatManifests(
    renderChart(chart, {
      release: RELEASE,
      values: table,
      capabilities: { kubeVersion: KUBE_VERSION, helmVersion },
      environment: nodeEnvironment(),
      // The machine may be busy: what is measured is exactness and time, not the bound.
      limits: { ...DEFAULT_LIMITS, milliseconds: 60_000 },
    }),
  );
}

function attempt(run) {
  try {
    return { output: run() };
  } catch (error) {
    return { error: error instanceof Error ? error.message.trim() : String(error) };
  }
}

/** Helm lists the problems of a schema in an order that changes from run to run. */
const sameError = (one, other) =>
  one?.split('\n').toSorted().join('\n') === other?.split('\n').toSorted().join('\n');

/** Why two results differ; undefined when they do not. Lines that differ between two runs of Helm do not count. */
function difference(expected, actual, again) {
  if (expected.error !== undefined || actual.error !== undefined) {
    if (sameError(expected.error, actual.error)) return undefined;
    return { reason: 'error', expected: expected.error ?? 'no error', actual: actual.error ?? 'no error' };
  }
  if (expected.output.equals(actual.output)) return undefined;
  const [wanted, got, second] = [expected, actual, again?.()].map((result) =>
    result?.output?.toString().split('\n'),
  );
  const line = wanted.findIndex((text, i) => text !== got[i] && (second === undefined || second[i] === text));
  if (line < 0 && wanted.length === got.length) return undefined;
  return { reason: `line ${line + 1}`, expected: wanted[line], actual: got[line] };
}

/** Twice where it has to: a chart may print the second it is rendered in. */
const compare = (one, chart) => compareOnce(one, chart) && compareOnce(one, chart);

function compareOnce(one, chart) {
  const actual = attempt(() => Buffer.from(toBytes(renderOurs(chart(), one.values))));
  if (one.rendered !== undefined) return difference({ output: readFileSync(one.rendered) }, actual);
  return difference(runHelm(one), actual, () => runHelm(one));
}

function compareAll(all) {
  const charts = new Map();
  let identical = 0;
  for (const one of all) {
    const load = () => {
      if (!charts.has(one.chart)) charts.set(one.chart, loadChartFrom(one.chart));
      return charts.get(one.chart);
    };
    const found = compare(one, load);
    if (found === undefined) identical++;
    else
      process.stdout.write(
        `${one.name}: ${found.reason}\n  helm: ${found.expected}\n  ours: ${found.actual}\n`,
      );
  }
  process.stdout.write(`${identical} of ${all.length} byte-identical\n`);
  return identical === all.length;
}

function milliseconds(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** One case of each chart: from files to text once, then again and again with the chart loaded, then Helm. */
function measure(all) {
  const first = all.filter((one, i) => all.findIndex(({ chart }) => chart === one.chart) === i);
  return first.flatMap((one) => {
    let chart;
    let size = 0;
    try {
      const cold = milliseconds(() => {
        chart = loadChartFrom(one.chart);
        size = renderOurs(chart, one.values).length;
      });
      const warm = median(
        Array.from({ length: WARM_RUNS }, () => milliseconds(() => renderOurs(chart, one.values))),
      );
      const process = milliseconds(() => runHelm(one));
      return [{ name: one.chart.split('/').at(-1), size, cold, warm, helm: process }];
    } catch {
      return [];
    }
  });
}

function report(rows) {
  const line = (name, { cold, warm, helm: process }) =>
    `${name.padEnd(44)} ${[cold, warm, process].map((value) => value.toFixed(2).padStart(10)).join('')}  ` +
    `${(process / warm).toFixed(0).padStart(5)} x\n`;
  process.stdout.write(
    `${'ms per render'.padEnd(44)} ${['cold', 'warm', 'helm'].map((text) => text.padStart(10)).join('')}\n`,
  );
  for (const row of rows.toSorted((a, b) => b.size - a.size).slice(0, SHOWN)) {
    process.stdout.write(line(`${row.name} (${Math.round(row.size / 1024)} KiB)`, row));
  }
  const column = (key) => median(rows.map((row) => row[key]));
  process.stdout.write(
    line(`median of ${rows.length} charts`, {
      cold: column('cold'),
      warm: column('warm'),
      helm: column('helm'),
    }),
  );
}

const all = cases();
const same = compareAll(all);
report(measure(all));
process.exitCode = same ? 0 : 1;
