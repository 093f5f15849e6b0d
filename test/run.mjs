#!/usr/bin/env node
// `npm test`: everything a fresh machine needs, then every kind of check and test, with progress and true totals.
// Plain JavaScript for any living Node: it installs the dependencies, Node 24 among them, that the rest needs.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const reports = join(root, 'node_modules', '.cache', 'berth-test');

const HELP = `Usage: npm test [-- OPTIONS] [-- JEST ARGUMENTS]

  --quick        leave out the end-to-end tests on the embedded meta-cluster
  --only NAME    run one stage: checks, unit, property, golden, integration,
                 local (a meta-cluster of its own, beside another), e2e

Examples:
  npm test
  npm test -- --quick
  npm test -- --only integration -- reflector
`;

/** Each check is one command that must exit with 0; it counts as one test. */
const CHECKS = [
  { name: 'format', command: bin('prettier'), args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--quiet', 'src', 'test'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'unused code', command: bin('knip'), args: [] },
  { name: 'generated files', command: node, args: ['dist/model/generate.js', '--check'] },
];

const JEST_STAGES = ['unit', 'property', 'golden', 'integration', 'local', 'e2e'];
/** Those on embedded meta-clusters. */
const END_TO_END = ['local', 'e2e'];
/**
 * How many files of a stage run at a time, where Jest's own choice, a core less than there are, is wrong. Tests that wait
 * for API servers and pods do so for half of the time, and more would make each other slow. Each end-to-end lane brings
 * up a meta-cluster of its own. Two cores carry two of them, so the tests that bring up one beside it have a stage to
 * themselves.
 */
const LANES = { unit: 2, integration: 2, local: 1, e2e: 2 };

function parse(argv) {
  const separator = argv.indexOf('--');
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const only = own.includes('--only') ? own[own.indexOf('--only') + 1] : undefined;
  return {
    help: own.includes('--help') || own.includes('-h'),
    quick: own.includes('--quick'),
    only,
    jest: separator < 0 ? [] : argv.slice(separator + 1),
  };
}

const started = Date.now();
const clock = () => `${((Date.now() - started) / 1000).toFixed(0).padStart(4)}s`;
const say = (text) => process.stdout.write(`[${clock()}] ${text}\n`);

function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', (error) => {
      say(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** The berth script brings npm packages and the build up to date before it runs anything. */
async function prepare() {
  say('packages and build');
  return (await run(join(root, 'berth'), ['--version'])) === 0;
}

/**
 * Builds what has to be built, in the order in which stages need it, while others run. Answers what each stage has to
 * wait for: the limits of time of tests are for what hangs, and a build takes minutes.
 */
function prefetch(wanted) {
  const endToEnd = END_TO_END.some(wanted);
  const integration = wanted('integration') || endToEnd ? prefetched('integration') : undefined;
  const all = endToEnd ? integration.then(() => prefetched('end-to-end')) : undefined;
  return { integration, local: all, e2e: all };
}

async function prefetched(what) {
  const from = Date.now();
  const code = await run(node, [join(root, 'test', 'support', 'prefetch.mjs'), what]);
  const state = code === 0 ? 'are there' : 'are not complete';
  say(`binaries of ${what} tests ${state} (${((Date.now() - from) / 1000).toFixed(1)}s)`);
}

async function checks(total) {
  for (const { name, command, args } of CHECKS) {
    const from = Date.now();
    const ok = (await run(command, args)) === 0;
    say(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - from) / 1000).toFixed(1)}s)`);
    total.add(ok ? 1 : 0, ok ? 0 : 1);
  }
}

async function jest(stage, extra, total) {
  say(`${stage} tests`);
  const report = join(reports, `${stage}.json`);
  rmSync(report, { force: true });
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
  ];
  const code = await run(
    node,
    [
      ...args,
      '--selectProjects',
      stage,
      // A busy machine is slow, not wrong; speed is what benchmarks are for.
      '--testTimeout=60000',
      '--json',
      `--outputFile=${report}`,
      ...lanes(stage, extra),
      ...extra,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
    },
  );
  total.addReport(report, code);
}

/** A few files that somebody names run one by one, so that what they print can be read. */
function lanes(stage, extra) {
  if (!(stage in LANES) || extra.some((argument) => argument.startsWith('--maxWorkers'))) return [];
  return [`--maxWorkers=${extra.length > 0 ? 1 : LANES[stage]}`];
}

class Total {
  passed = 0;
  failed = 0;

  add(passed, failed) {
    this.passed += passed;
    this.failed += failed;
  }

  /** A file that could not be loaded has no failed tests of its own: it counts as one. A run with no test fails. */
  addReport(path, code) {
    if (!existsSync(path)) return this.add(0, 1);
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const broken = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    const failed = report.numFailedTests + broken;
    const notRun = report.numPendingTests + report.numTodoTests;
    if (notRun > 0) say(`${notRun} tests were skipped: that counts as failed`);
    const silent = code !== 0 && failed + notRun === 0 ? 1 : 0;
    this.add(report.numPassedTests, failed + notRun + silent);
  }
}

async function main() {
  const options = parse(process.argv.slice(2));
  if (options.help) return process.stdout.write(HELP);
  const total = new Total();
  const wanted = (stage) =>
    options.only ? options.only === stage : !(options.quick && END_TO_END.includes(stage));
  if (!(await prepare())) total.add(0, 1);
  else {
    mkdirSync(reports, { recursive: true });
    const binaries = prefetch(wanted);
    if (wanted('checks')) await checks(total);
    for (const stage of JEST_STAGES.filter(wanted)) {
      await binaries[stage];
      await jest(stage, options.jest, total);
    }
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

await main();
