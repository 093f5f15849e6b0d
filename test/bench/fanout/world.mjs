/** Real API servers: one stands for the meta-cluster, the others are hosted clusters; and the service as a process. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import '../support/typescript.mjs';
import { keys, template } from './chart.mjs';

const { addCluster } = await import('../../support/apps.js');
const { AppsProcess } = await import('../../support/apps-process.js');
const { installBerth } = await import('../../support/berth-api.js');
const { TestApiServer } = await import('../../support/kube-apiserver.js');
export const { helmBinary } = await import('../../support/helm-binary.js');

const POLL_MS = 50;
const TIMEOUT_MS = 300_000;
const APP = 'fanout';
/** Room for the Services of all instances. */
const FLAGS = ['--service-cluster-ip-range=10.0.0.0/16'];
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);
/** What API servers write about themselves. */
const OWN =
  /^(leases|ipaddresses|flowschemas|prioritylevelconfigurations|apiservices|events|customresourcedefinitions)$/;

export class World {
  static async start(clusters) {
    const [meta, ...hosted] = await Promise.all(
      Array.from({ length: clusters + 1 }, () => TestApiServer.start({ flags: FLAGS })),
    );
    const client = await meta.client();
    await installBerth(client);
    const names = hosted.map((_, i) => `hosted-${i}`);
    for (const [i, server] of hosted.entries()) await addCluster(client, names[i], server);
    return new World(meta, hosted, names, await AppsProcess.start(meta));
  }

  constructor(meta, hosted, clusters, service) {
    Object.assign(this, { meta, hosted, clusters, service });
  }

  /** Template, config and application, and the instances, none of them published. */
  async createInstances(count) {
    const metadata = { name: APP };
    await this.service.send('POST', 'tenants/default/configs', { metadata, set: keys('app:1') });
    await this.service.send('POST', 'tenants/default/templates', { metadata, content: template });
    const environments = [{ name: 'test', config: { name: APP } }];
    const spec = { template: { name: APP }, environments };
    await this.service.send('POST', 'tenants/default/applications', { metadata, spec });
    for (let i = 0; i < count; i++) {
      const cluster = this.clusters[i % this.clusters.length];
      const body = { metadata: { name: `app-${i}` }, spec: { application: APP } };
      await this.service.send('POST', `clusters/${cluster}/instances`, body);
    }
  }

  saveKeys(image) {
    return this.service.send('POST', `tenants/default/configs/${APP}/versions`, { set: keys(image) });
  }

  /** Seconds until a rollout to all instances is through. */
  async rollout(name, more = {}) {
    // Deployments of no pods have nothing to wait for; Helm does not wait either.
    const strategy = { maxInFlight: 500, awaitDeployed: false };
    const from = performance.now();
    await this.service.send('POST', 'tenants/default/rollouts', {
      name,
      application: APP,
      strategy,
      ...more,
    });
    const status = await this.#ended(name, 'Succeeded');
    return { seconds: (performance.now() - from) / 1000, status };
  }

  async rollback(name) {
    const from = performance.now();
    await this.service.send('PATCH', `tenants/default/rollouts/${name}`, { command: 'RollBack' });
    const status = await this.#ended(name, 'RolledBack');
    return { seconds: (performance.now() - from) / 1000, status };
  }

  async #ended(name, phase) {
    const until = performance.now() + TIMEOUT_MS;
    for (;;) {
      const { status } = await this.service.send('GET', `tenants/default/rollouts/${name}`);
      if (status?.phase === phase) return status;
      if (status?.phase === 'Stopped' || performance.now() > until)
        throw new Error(tellTargets(name, status));
      await sleep(POLL_MS);
    }
  }

  /** Requests and writes that each kind of API server has answered so far. */
  async requests() {
    const all = await Promise.all([this.meta, ...this.hosted].map(requestsOf));
    const [meta, ...hosted] = all;
    return { meta: meta, hosted: hosted.reduce(add) };
  }

  /** MiB of the service: now, and the most it ever had. */
  memory() {
    const status = readFileSync(`/proc/${this.service.pid}/status`, 'utf8');
    const [now, most] = ['VmRSS', 'VmHWM'].map((name) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]),
    );
    return { now: Math.round(now / 1024), most: Math.round(most / 1024) };
  }

  async stop() {
    await this.service.stop();
    await Promise.all([this.meta, ...this.hosted].map((server) => server.stop()));
  }
}

/** How far a rollout got, and what its targets say. */
function tellTargets(name, { phase, progress, targets }) {
  const told = Object.groupBy(targets, (target) => `${target.phase} ${target.message ?? ''}`);
  const counts = Object.entries(told).map(([text, list]) => `${list.length} ${text}`);
  return `rollout ${name} is ${phase} at ${progress}: ${counts.join('; ')}`;
}

const add = (a, b) => ({ all: a.all + b.all, writes: a.writes + b.writes, records: a.records + b.records });

/** `records`: writes of rollouts, which are about the publication, not of it. */
async function requestsOf(server) {
  const client = await server.client();
  const { body } = await client.raw({ method: 'GET', path: '/metrics' });
  await client.close();
  const count = { all: 0, writes: 0, records: 0 };
  for (const [, labels, value] of body.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const of = (name) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (OWN.test(of('resource')) || of('resource') === '') continue;
    count.all += Number(value);
    if (WRITES.has(of('verb')) && of('dry_run') === '')
      count[of('resource') === 'rollouts' ? 'records' : 'writes'] += Number(value);
  }
  return count;
}
