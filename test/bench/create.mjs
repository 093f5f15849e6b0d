/**
 * `npm run bench -- create [--data-dir DIR] [--runs 5] [--at-once 8] [--settle 120] [--window 60]`: how long it takes
 * from the request to a hosted API server that is ready through the ingress, beside a control plane written by hand
 * of the same images in the same run; the same for many at once; what an idle one of plan `dev` takes; a second `up`.
 * Uses the installation in DIR, or one of its own that is removed afterwards. Exits 1 when a target is missed.
 */
import { request } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { resources } from '../../dist/kube/resources.js';
import { BinaryProvider } from '../../dist/local/binaries/provider.js';
import { apply, handMade, hostOf, remove } from './create/hand-made.mjs';
import { measure, processesOf } from './create/processes.mjs';
import { berth as runBerth, Installation } from './support/installation.mjs';

const TARGETS = { createSeconds: 7, atOnceSeconds: 45, anonMiB: 200, idleCores: 0.2, secondUpSeconds: 5 };
/** Each look is a TLS handshake with an API server that is starting: looking often takes from what is measured. */
const POLL_MS = { alone: 50, atOnce: 500 };
const TIMEOUT_MS = 300_000;
const VERSION = '1.36.3';
/** Containers of a control plane: etcd, the API server, the controller-manager, the scheduler. */
const MASTERS = 4;

const { values: options } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    runs: { type: 'string', default: '5' },
    'at-once': { type: 'string', default: '8' },
    settle: { type: 'string', default: '120' },
    window: { type: 'string', default: '60' },
  },
});
const installation = await Installation.open(options['data-dir']);
const { client, ingress } = installation;
const kubeadm = await new BinaryProvider({
  cacheDir: join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries'),
  path: process.env['PATH'] ?? '',
}).path('kubeadm', VERSION);
const missed = [];

/** One way to get a control plane: how to ask for it, how to be rid of it, where it lives. */
const berth = {
  label: 'Berth, plan dev',
  prepare: (name) => ({
    metadata: { name },
    spec: { version: VERSION, plan: 'dev', exposure: { host: hostOf(name) } },
  }),
  create: (body) => installation.api('POST', 'clusters', body),
  remove: (name) => installation.api('DELETE', `clusters/${name}?confirm=${name}`),
  namespace: (name) => `berth-c-${name}`,
};
const byHand = {
  label: 'written by hand',
  prepare: (name) => handMade(name, kubeadm),
  create: (objects) => apply(client, objects),
  remove: (name) => remove(client, name),
  namespace: (name) => name,
};

/** Seconds from just before the request to the first 200 of /readyz through the ingress. */
async function timeToReady(way, name, pollMs = POLL_MS.alone, prepared = way.prepare(name)) {
  const from = performance.now();
  await way.create(prepared);
  await untilReady(hostOf(name), from, pollMs);
  return (performance.now() - from) / 1000;
}

async function untilReady(host, from, pollMs) {
  while ((await readyz(host)) !== 200) {
    if (performance.now() - from > TIMEOUT_MS) throw new Error(`${host} is not ready`);
    await sleep(pollMs);
  }
}

/** The answer through the ingress, on a new connection; 0 when there is none. The ingress always has endpoints. */
function readyz(servername) {
  const { promise, resolve } = Promise.withResolvers();
  const [host, port] = ingress.split(':');
  const target = {
    host,
    port,
    servername,
    path: '/readyz',
    agent: false,
    rejectUnauthorized: false,
    timeout: 2000,
  };
  const asked = request(target, (response) => {
    response.resume().on('close', () => resolve(response.statusCode));
  });
  asked
    .on('timeout', () => asked.destroy())
    .on('error', () => resolve(0))
    .end();
  return promise;
}

async function removeAndWait(way, names) {
  await Promise.all(names.map((name) => way.remove(name)));
  for (const name of names) {
    while (await client.find(resources.Namespace, { name: way.namespace(name) })) await sleep(200);
  }
}

async function podsOf(way, name) {
  return (await client.list(resources.Pod, { namespace: way.namespace(name) })).items;
}

/** Once all masters run: controllers start when API servers answer, and those that fail would not be seen before. */
async function settledPods(way, name) {
  const from = performance.now();
  for (;;) {
    const pods = await podsOf(way, name);
    if (readyContainers(pods) === MASTERS) return pods;
    if (performance.now() - from > TIMEOUT_MS) throw new Error(`the masters of ${name} do not all run`);
    await sleep(POLL_MS.atOnce);
  }
}

function readyContainers(pods) {
  return pods.flatMap(({ status }) => status?.containerStatuses ?? []).filter(({ ready }) => ready).length;
}

/** Of each container that was started again. */
function restartsOf(pods) {
  return pods.flatMap(({ metadata: { namespace, name: pod }, status = {} }) =>
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
      .filter(({ restartCount }) => restartCount > 0)
      .map(({ name, restartCount, lastState }) => ({ namespace, pod, name, restartCount, lastState })),
  );
}

/** How it ended, and the last it said. */
async function tellRestart({ namespace, pod, name, restartCount, lastState: { terminated } }) {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  const query = { container: name, previous: true, tailLines: 3 };
  const { body } = await client.raw({ method: 'GET', path, query });
  console.log(`    ${namespace}/${pod} ${name} ×${restartCount}: ${JSON.stringify(terminated)}\n${body}`);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

function judge(what, value, limit, digits = 1) {
  if (value > limit) missed.push(`${what}: ${value.toFixed(digits)}, target ${limit}`);
}

async function oneByOne(runs) {
  const times = new Map([berth, byHand].map((way) => [way, []]));
  // In turns, so that whatever else the machine does meets both.
  for (let run = 0; run < runs; run += 1) {
    for (const [way, seconds] of times) {
      const name = `bench-${run}`;
      seconds.push(await timeToReady(way, name));
      await removeAndWait(way, [name]);
    }
  }
  console.log('\ncreate → /readyz through the ingress, seconds');
  for (const [{ label }, seconds] of times) {
    const sorted = seconds.toSorted((a, b) => a - b);
    const figures = [sorted[0], median(seconds), sorted.at(-1)].map((value) => value?.toFixed(2));
    console.log(
      `  ${label.padEnd(16)} min ${figures[0]}  median ${figures[1]}  max ${figures[2]}  (${runs})`,
    );
  }
  const ratio = median(times.get(berth)) / median(times.get(byHand));
  console.log(`  ratio of the medians: ${ratio.toFixed(2)}`);
  judge('median seconds to create', median(times.get(berth)), TARGETS.createSeconds);
}

async function atOnce(count) {
  console.log(`\n${count} at once`);
  const ours = await manyOf(berth, count);
  const theirs = await manyOf(byHand, count);
  console.log(`  ratio of the last: ${(ours.last / theirs.last).toFixed(2)}`);
  judge(`seconds until ${count} at once are ready`, ours.last, TARGETS.atOnceSeconds);
  judge('container restarts', ours.restarts, 0);
}

async function manyOf(way, count) {
  const names = Array.from({ length: count }, (_, number) => `bench-at-once-${number}`);
  // All before the first clock starts: certificates by hand take a while.
  const prepared = names.map(way.prepare);
  const seconds = await Promise.all(
    names.map((name, number) => timeToReady(way, name, POLL_MS.atOnce, prepared[number])),
  );
  const pods = await Promise.all(names.map((name) => settledPods(way, name)));
  const restarted = restartsOf(pods.flat());
  const restarts = restarted.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const last = Math.max(...seconds);
  const first = Math.min(...seconds).toFixed(1);
  console.log(
    `  ${way.label.padEnd(16)} first ${first} s, last ${last.toFixed(1)} s, ${restarts} container restarts`,
  );
  await Promise.all(restarted.map(tellRestart));
  await removeAndWait(way, names);
  return { last, restarts };
}

async function idle(settle, window) {
  const name = 'bench-idle';
  const ways = [berth, byHand];
  for (const way of ways) await timeToReady(way, way === berth ? name : `${name}-hand`);
  await sleep(settle * 1000);
  console.log(`\nidle, ${settle} s after ready, MiB; CPU over ${window} s`);
  for (const way of ways) {
    const own = way === berth ? name : `${name}-hand`;
    const pods = await podsOf(way, own);
    const taken = await measure(processesOf(pods.map(({ metadata }) => metadata.uid)), window);
    print(way.label, taken);
    if (way === berth) {
      judge('MiB unshared (RssAnon) of an idle control plane', sum(taken, 'anon'), TARGETS.anonMiB);
      judge('cores of an idle control plane', sum(taken, 'cores'), TARGETS.idleCores, 3);
    }
    await removeAndWait(way, [own]);
  }
}

const sum = (rows, field) => rows.reduce((total, row) => total + row[field], 0);

function print(label, rows) {
  const total = { name: 'together' };
  for (const field of ['rss', 'pss', 'anon', 'cores']) total[field] = sum(rows, field);
  console.log(`  ${label}`.padEnd(28), '  RSS    PSS   Anon   CPU');
  for (const { name, rss, pss, anon, cores } of [...rows, total]) {
    const figures = [rss, pss, anon].map((value) => value.toFixed(0).padStart(5)).join('  ');
    console.log(`    ${name.padEnd(24)} ${figures}  ${cores.toFixed(3)}`);
  }
}

function upAgain() {
  const from = performance.now();
  runBerth(installation.dataDir, 'up');
  const seconds = (performance.now() - from) / 1000;
  console.log(`\n\`berth up\` when everything is up: ${seconds.toFixed(1)} s`);
  judge('seconds of a second `up`', seconds, TARGETS.secondUpSeconds);
}

try {
  upAgain();
  await oneByOne(Number(options.runs));
  await atOnce(Number(options['at-once']));
  await idle(Number(options.settle), Number(options.window));
} finally {
  await installation.close();
}
console.log(missed.length === 0 ? '\nall targets met' : `\nmissed:\n  ${missed.join('\n  ')}`);
process.exitCode = missed.length === 0 ? 0 : 1;
