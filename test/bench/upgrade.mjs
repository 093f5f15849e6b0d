/**
 * `npm run bench -- upgrade [--data-dir DIR] [--ha | --members]`: one cluster of two API servers goes 1.35.4 → 1.36.3 →
 * 1.37.0, with a rollback in the soak before, under three streams of requests (new connections, kept HTTP/1.1, kept
 * HTTP/2; reads and writes) and open watches through the ingress. With --ha instead: three API servers and three etcd
 * members, all members renewed one after another, then an upgrade and the way back. With --members: one API server and
 * three members, which are renewed twice. Prints failed requests and seconds for each. The baseline is the same done by hand:
 * 0 failed of 2,600. Exits 1 when a target is missed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import { berthResources } from '../../dist/model/kinds.js';
import { isFinished } from '../../dist/operations/timeline.js';
import { Agent, request } from 'undici';
import { Traffic } from './support/traffic.mjs';
import { Installation } from './support/installation.mjs';

const TARGETS = { failed: 0, rollbackSeconds: 60 };
const PACE_MS = 200;
const { values: options } = parseArgs({
  options: { 'data-dir': { type: 'string' }, ha: { type: 'boolean' }, members: { type: 'boolean' } },
});
const installation = await Installation.open(options['data-dir'], ['--versions', '1.35.4,1.36.3,1.37.0']);
const missed = [];

async function create(name, spec) {
  await installation.api('POST', 'clusters', { metadata: { name }, spec });
  await ready(name);
  const { kubeconfig } = await installation.api('POST', `clusters/${name}/kubeconfig`, {});
  return accessOf(load(kubeconfig));
}

async function ready(name) {
  for (;;) {
    const { metadata, status } = await installation.api('GET', `clusters/${name}`);
    const current = status?.observedGeneration === metadata.generation;
    const found = status?.conditions?.find(({ type }) => type === 'Ready');
    if (current && found?.status === 'True') return;
    await sleep(PACE_MS);
  }
}

function accessOf({ clusters: [{ cluster }], users: [{ user }] }) {
  const decoded = (text) => Buffer.from(text, 'base64').toString();
  return {
    server: cluster.server,
    serverName: cluster['tls-server-name'],
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}

/** The operation that brings about the present generation, when it is over. */
async function ended(name) {
  const { metadata } = await installation.api('GET', `clusters/${name}`);
  for (;;) {
    const { items } = await installation.client.list(berthResources.Operation, {
      namespace: metadata.namespace,
    });
    const found = items.find(({ spec }) => spec.cause.generation === metadata.generation);
    if (found && isFinished(found.status)) {
      if (found.status.state !== 'Succeeded') throw new Error(JSON.stringify(found.status));
      return;
    }
    await sleep(PACE_MS);
  }
}

async function soaking(name) {
  for (;;) {
    const { status } = await installation.api('GET', `clusters/${name}`);
    if (status?.conditions?.some(({ reason }) => reason === 'Soaking')) return;
    await sleep(PACE_MS);
  }
}

/** The objects that the traffic writes. */
async function put(access) {
  for (const object of Traffic.objects) await post(access, object);
}

async function post({ server, serverName: servername, ca, cert, key }, object) {
  const dispatcher = new Agent({ connect: { ca, cert, key, servername } });
  const path = '/api/v1/namespaces/default/configmaps';
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await request(new URL(path, server), {
    dispatcher,
    method: 'POST',
    headers,
    body: JSON.stringify(object),
  });
  if (statusCode !== 201) throw new Error(await body.text());
  await dispatcher.close();
}

/** Does `work` under traffic and prints what it cost. */
async function under(access, what, work, longest = Number.POSITIVE_INFINITY) {
  const traffic = new Traffic(access);
  await sleep(1000);
  const from = performance.now();
  await work();
  const seconds = (performance.now() - from) / 1000;
  await sleep(1000);
  const { sent, failures, longestGapMs, events } = await traffic.stop();
  const figures = [
    `${seconds.toFixed(1)} s`,
    `${failures.length} of ${sent} failed`,
    `longest gap ${longestGapMs} ms`,
  ];
  console.log(`  ${what.padEnd(34)} ${figures.join(', ')}, ${events} events watched`);
  for (const failure of new Set(failures)) console.log(`    ${failure}`);
  if (failures.length > TARGETS.failed) missed.push(`${what}: ${failures.length} failed requests`);
  if (seconds > longest) missed.push(`${what}: ${seconds.toFixed(1)} s, target ${longest}`);
}

/** What every user of the service does, and what the masters of a production cluster go through. */
async function standard() {
  console.log('\nplan standard, two API servers; by hand: 0 of 2,600 failed');
  const access = await create('bench-upgrade', { version: '1.35.4', plan: 'standard' });
  await put(access);
  await toSoakAndBack(access);
  for (const version of ['1.36.3', '1.37.0']) {
    await under(access, `-> ${version}, finalised`, async () => {
      await change('bench-upgrade', 'upgrade', { version, soakSeconds: 0 });
      await ended('bench-upgrade');
    });
  }
}

async function highlyAvailable() {
  console.log('\nthree API servers, three etcd members; plan ha with a third of the CPU reserved');
  const access = await createLike('ha', small);
  await put(access);
  await renewMembers(access);
  await toSoakAndBack(access);
}

/** Nobody stands in for an API server that does not find a member. */
async function membersOnly() {
  console.log('\none API server, three etcd members');
  const access = await createLike('ha', (spec) => ({
    ...spec,
    apiServer: { ...spec.apiServer, replicas: 1 },
  }));
  await put(access);
  // The second time, most connections are to the members that were renewed first.
  for (const time of ['once', 'twice']) await renewMembers(access, time);
}

/** A cluster of a plan like another one. */
async function createLike(name, change) {
  const { apiVersion, kind, spec } = await installation.client.get(berthResources.Plan, { name });
  const plan = { apiVersion, kind, metadata: { name: 'bench-plan' }, spec: change(spec) };
  await installation.client.apply(plan, { fieldManager: 'bench' });
  return create('bench-upgrade', { version: '1.35.4', plan: 'bench-plan' });
}

/** All of plan ha and the pods that replace it one by one: more than two cores have to reserve. */
function small(spec) {
  const fields = ['etcd', 'apiServer', 'controllerManager', 'scheduler'];
  const sized = fields.map((field) => {
    const { resources, ...rest } = spec[field];
    const cpu = `${Math.round(Number.parseInt(resources.requests.cpu, 10) / 3)}m`;
    return [field, { ...rest, resources: { ...resources, requests: { ...resources.requests, cpu } } }];
  });
  return { ...spec, ...Object.fromEntries(sized) };
}

async function renewMembers(access, time = 'once') {
  await under(access, `etcd: three members renewed ${time}`, async () => {
    const patch = { spec: { template: { metadata: { annotations: { 'bench.example/renewed': time } } } } };
    const patches = [{ target: { kind: 'StatefulSet', name: 'etcd' }, patch }];
    await installation.api('PATCH', 'clusters/bench-upgrade', { spec: { patches } });
    await ready('bench-upgrade');
  });
}

async function toSoakAndBack(access) {
  await under(access, '1.35.4 -> 1.36.3, to the soak', async () => {
    await change('bench-upgrade', 'upgrade', { version: '1.36.3', finalize: 'Manual' });
    await soaking('bench-upgrade');
  });
  const back = async () => {
    await change('bench-upgrade', 'rollback', {});
    await ended('bench-upgrade');
  };
  await under(access, 'rollback in the soak', back, TARGETS.rollbackSeconds);
}

const change = (name, verb, body) => installation.api('POST', `clusters/${name}/${verb}`, body);

try {
  if (options.members) await membersOnly();
  else await (options.ha ? highlyAvailable() : standard());
  await installation.api('DELETE', 'clusters/bench-upgrade?confirm=bench-upgrade');
} finally {
  await installation.close();
}

console.log(missed.length === 0 ? '\nall targets met' : `\nmissed:\n  ${missed.join('\n  ')}`);
process.exitCode = missed.length === 0 ? 0 : 1;
