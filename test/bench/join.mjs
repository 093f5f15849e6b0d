/**
 * `npm run bench -- join [--data-dir DIR] [--runs 5]`: how long it takes from asking for a join token to a node that is
 * Ready, beside plain `kubeadm join` with a token at hand, on the same machines in the same run; and what a node takes.
 * A machine has a containerd that runs and no image. Uses the installation in DIR, or one of its own that is removed
 * afterwards. Exits 1 when a target is missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { KubeClient } from '../../dist/kube/client.js';
import { connectionFromKubeconfig } from '../../dist/kube/connection.js';
import { resources } from '../../dist/kube/resources.js';
import { measure, processesBelow } from './create/processes.mjs';
import { Machines } from './join/machines.mjs';
import { Installation } from './support/installation.mjs';

const TARGET_SECONDS = 25;
const POLL_MS = 50;
const TIMEOUT_MS = 300_000;
const VERSION = '1.36.3';
const CLUSTER = 'bench-join';

const { values: options } = parseArgs({
  options: { 'data-dir': { type: 'string' }, runs: { type: 'string', default: '5' } },
});
const installation = await Installation.open(options['data-dir']);
const machines = await Machines.of(installation.dataDir, VERSION);

const newToken = () => installation.api('POST', `clusters/${CLUSTER}/join-tokens`, {});

/** As people do it: ask for a token, get the script with it, run it. */
const berth = {
  label: 'Berth',
  prepare: async () => undefined,
  async join(node) {
    const { token } = await newToken();
    const authorization = `Bearer ${token}`;
    const url = `${installation.service}/api/v1/clusters/${CLUSTER}/join-script`;
    const script = await (await fetch(url, { headers: { authorization } })).text();
    await machines.joinByScript(node, script);
  },
};
/** The least there can be: kubeadm and kubelet, with a token that was made before. */
const byHand = {
  label: 'kubeadm join',
  prepare: async () => (await newToken()).commands.kubeadm,
  join: (node, command) => machines.joinByHand(node, command),
};

async function waitFor(what, holds) {
  const until = performance.now() + TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`waited too long for ${what}`);
    await sleep(POLL_MS);
  }
}

const isTrue = (object, type) =>
  object?.status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;

async function newCluster() {
  await installation.api('POST', 'clusters', {
    metadata: { name: CLUSTER },
    spec: { version: VERSION, plan: 'dev' },
  });
  const cluster = () => installation.api('GET', `clusters/${CLUSTER}`);
  await waitFor('the cluster', async () => isTrue(await cluster(), 'Ready'));
  const { kubeconfig } = await installation.api('POST', `clusters/${CLUSTER}/kubeconfig`, {});
  return new KubeClient(await connectionFromKubeconfig({ text: kubeconfig }));
}

/** Seconds until the command ends, and until the node is Ready. */
async function timeToJoin(way, name) {
  const prepared = await way.prepare();
  const node = await machines.start(name);
  try {
    const from = performance.now();
    await way.join(node, prepared);
    const joined = performance.now();
    await waitFor(name, async () => isTrue(await hosted.find(resources.Node, { name }), 'Ready'));
    return { joined: (joined - from) / 1000, ready: (performance.now() - from) / 1000 };
  } finally {
    await node.remove();
    await hosted.delete(resources.Node, { name });
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

function print(label, taken) {
  const figures = ['joined', 'ready'].map((field) => {
    const sorted = taken.map((one) => one[field]).toSorted((a, b) => a - b);
    const [min, middle, max] = [sorted[0], median(sorted), sorted.at(-1)].map((one) => one?.toFixed(1));
    return `${field} min ${min}  median ${middle}  max ${max}`;
  });
  console.log(`  ${label.padEnd(14)} ${figures.join('   ')}  (${taken.length})`);
}

/** Both in turns, so that whatever else the machine does meets both. Answers the median of Berth's. */
async function compare(runs) {
  const times = new Map([berth, byHand].map((way) => [way, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [way, taken] of times) taken.push(await timeToJoin(way, `bench-join-${run}`));
  }
  console.log('\nfrom the request for a token, or from `kubeadm join`, seconds');
  for (const [{ label }, taken] of times) print(label, taken);
  const [own, plain] = [berth, byHand].map((way) => median(times.get(way).map(({ ready }) => ready)));
  console.log(`  ratio of the medians until Ready: ${(own / plain).toFixed(2)}`);
  return own;
}

/** Answers the machine of a node that stays, so that the pods of the addons disturb no run. */
async function firstNode() {
  const node = await machines.start('bench-join-first');
  await berth.join(node);
  await waitFor('the addons', async () =>
    isTrue(await installation.api('GET', `clusters/${CLUSTER}`), 'AddonsReady'),
  );
  return node;
}

async function memory(node) {
  const taken = await measure(processesBelow(machines.initOf(node)), 30);
  const names = [...new Set(taken.map(({ name }) => name))];
  console.log('\nmemory of a node with all addons, MiB; CPU over 30 s');
  console.log(`    ${''.padEnd(24)}   RSS    PSS   Anon    CPU`);
  for (const name of names)
    row(
      name,
      taken.filter((one) => one.name === name),
    );
  row('together', taken);
}

function row(name, taken) {
  const sum = (field) => taken.reduce((total, one) => total + one[field], 0);
  const figures = ['rss', 'pss', 'anon'].map((field) => sum(field).toFixed(0).padStart(5)).join('  ');
  const label = taken.length > 1 && name !== 'together' ? `${name} × ${taken.length}` : name;
  console.log(`    ${label.padEnd(24)} ${figures}  ${sum('cores').toFixed(3)}`);
}

let hosted;
let first;
let seconds = Number.NaN;
try {
  hosted = await newCluster();
  first = await firstNode();
  seconds = await compare(Number(options.runs));
  await memory(first);
} finally {
  await first?.remove();
  await hosted?.close();
  await installation.api('DELETE', `clusters/${CLUSTER}?confirm=${CLUSTER}`);
  await installation.close();
}
const met = seconds <= TARGET_SECONDS;
console.log(met ? '\ntarget met' : `\nmissed: ${seconds.toFixed(1)} s until Ready, target ${TARGET_SECONDS}`);
process.exitCode = met ? 0 : 1;
