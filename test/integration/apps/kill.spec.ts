/**
 * `kill -9` of the service at seeded moments of publications and rollbacks. Whenever it dies: what was asked for comes to
 * its end after a restart, the inventories equal the cluster, and nothing is left that no inventory names.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import { resources } from '../../../src/kube/resources.js';
import type { Instance } from '../../../src/model/instance.js';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace, labels } from '../../../src/model/names.js';
import type { InventoryEntry, Release } from '../../../src/model/release.js';
import type { Rollout } from '../../../src/model/rollout.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { addCluster, required } from '../../support/apps.js';
import { AppsProcess } from '../../support/apps-process.js';
import { installBerth } from '../../support/berth-api.js';
import { SeededRandom } from '../../support/engine/random.js';
import { eventually } from '../../support/eventually.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { buildService } from '../../support/service-process.js';

const KILLS = 25;
const VERSIONS = ['a', 'b', 'c'];
const INSTANCES = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'];
const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 100_000);

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const template: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: maps\nversion: 1.0.0\n' },
    // One object that changes, and one that another takes the place of.
    {
      path: 'templates/low.yaml',
      text: `${map('low')}data: { mode: {{ .Values.mode }} }\n---\n${map('low-{{ .Values.mode }}')}`,
    },
    { path: 'templates/high.yaml', text: `${map('high-{{ .Values.mode }}')}---\n${map('high')}` },
  ],
  services: [
    { name: 'low', dependsOn: [], templates: ['templates/low.yaml'] },
    { name: 'high', dependsOn: ['low'], templates: ['templates/high.yaml'] },
  ],
};

let meta: TestApiServer;
let hosted: TestApiServer;
let client: KubeClient;
let hostedClient: KubeClient;
let service: AppsProcess;

beforeAll(async () => {
  await buildService();
  [meta, hosted] = await Promise.all([TestApiServer.start(), TestApiServer.start()]);
  [client, hostedClient] = await Promise.all([meta.client(), hosted.client()]);
  await installBerth(client);
  await addCluster(client, 'demo', hosted);
  service = await AppsProcess.start(meta);
  await makeInstances();
}, 180_000);
afterAll(async () => {
  await service?.stop();
  await Promise.all([meta?.stop(), hosted?.stop()]);
});

async function makeInstances(): Promise<void> {
  const metadata = { name: 'maps' };
  await service.send('POST', 'tenants/default/configs', { metadata, set: [{ name: 'mode', value: 'a' }] });
  for (const value of VERSIONS.slice(1)) {
    await service.send('POST', 'tenants/default/configs/maps/versions', { set: [{ name: 'mode', value }] });
  }
  await service.send('POST', 'tenants/default/templates', { metadata, content: template });
  const spec = { template: { name: 'maps' }, environments: [{ name: 'test', config: { name: 'maps' } }] };
  await service.send('POST', 'tenants/default/applications', { metadata, spec });
  for (const name of INSTANCES) {
    const body = { metadata: { name }, spec: { application: 'maps', configVersion: 1 } };
    await service.send('POST', 'clusters/demo/instances', body);
  }
}

const startRollout = (name: string, configVersion: number) =>
  service.send<Rollout>('POST', 'tenants/default/rollouts', {
    name,
    application: 'maps',
    configVersion,
    strategy: { maxInFlight: 3 },
  });

/** Waits until a rollout is at its end, if the request for it came through. */
async function untilEnded(name: string, command: Rollout['spec']['command']): Promise<void> {
  let seen: Rollout | undefined;
  const holds = async () => {
    const { items } = await service.send<{ items: Rollout[] }>('GET', 'tenants/default/rollouts');
    seen = items.find(({ metadata }) => metadata.name === name);
    if (!seen || (command === 'RollBack' && seen.spec.command !== 'RollBack')) return true;
    return seen.status?.phase === (command === 'RollBack' ? 'RolledBack' : 'Succeeded');
  };
  await eventually(holds, `rollout ${name} to end`, 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}, but: ${JSON.stringify(seen?.status)}`);
  });
}

async function releases(): Promise<Release[]> {
  return (await client.list(berthResources.Release, { namespace: clusterNamespace('demo') })).items;
}

/** What the last published release of each service says is there: `namespace/name uid`. */
async function inventories(): Promise<string[]> {
  const all = (await releases()).toSorted((a, b) => a.spec.revision - b.spec.revision);
  expect(
    all.filter(({ status }) => status?.phase !== 'Published').map(({ metadata }) => metadata.name),
  ).toEqual([]);
  const last = new Map(all.map((one) => [`${one.spec.instance}.${one.spec.service}`, one]));
  const entries = [...last.values()].flatMap(({ status }): InventoryEntry[] => status?.inventory ?? []);
  return entries.map(({ namespace, name, uid }) => `${namespace ?? ''}/${name} ${uid}`).sort();
}

async function live(): Promise<string[]> {
  const { items } = await hostedClient.list(resources.ConfigMap, { labelSelector: labels.instance });
  return items
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid ?? ''}`)
    .sort();
}

/** Every service of every instance runs what its draft or, after a rollback, some whole release says. */
async function expectConsistent(): Promise<void> {
  const isIdle = async () => {
    const { items } = await service.send<{ items: Instance[] }>('GET', 'clusters/demo/instances');
    const services = items.flatMap(({ status }) => Object.values(status?.services ?? {}));
    return services.length === 2 * INSTANCES.length && services.every(({ state }) => state === 'Deployed');
  };
  await eventually(isIdle, 'every service to be deployed', 60_000);
  expect(await inventories()).toEqual(await live());
  for (const namespace of INSTANCES) {
    const { items } = await hostedClient.list(resources.ConfigMap, {
      namespace,
      labelSelector: labels.instance,
    });
    const names = items.map(({ metadata }) => metadata.name).sort();
    const mode = (prefix: string) => required(names.find((name) => name.startsWith(`${prefix}-`)));
    expect(names).toEqual(['high', mode('high'), 'low', mode('low')]);
  }
}

it(`ends consistent after each of ${KILLS} kills (BERTH_SEED=${seed})`, async () => {
  const random = new SeededRandom(seed);
  let name = 'first';
  const from = performance.now();
  await startRollout(name, 1);
  await untilEnded(name, 'Run');
  // Kills fall anywhere into what a publication takes undisturbed, and a little after it.
  const longest = 1.2 * (performance.now() - from);
  let isRolledBack = true;
  for (let kill = 1; kill <= KILLS; kill++) {
    const command: 'Run' | 'RollBack' = isRolledBack || random.chance(0.5) ? 'Run' : 'RollBack';
    if (command === 'Run') name = `r${kill}`;
    const asked =
      command === 'Run'
        ? startRollout(name, 1 + (kill % VERSIONS.length))
        : service.send('PATCH', `tenants/default/rollouts/${name}`, { command });
    // The answer may be lost with the service.
    asked.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, random.next() * longest));
    await service.kill();
    await service.restart();
    await untilEnded(name, command);
    await expectConsistent();
    isRolledBack = command === 'RollBack';
  }
}, 400_000);
