/** A cluster with an instance moves to another installation, which has keys of its own, and is managed there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { SnapshotArchive } from '../../../src/backup/archive.js';
import { keptSecrets } from '../../../src/clusters/authorities.js';
import { EtcdClient } from '../../../src/control-plane/etcd/client/etcd-client.js';
import type { ChangeHistory } from '../../../src/http/apps/activity-schemas.js';
import type { Released } from '../../../src/http/apps/instance.service.js';
import type { Problem } from '../../../src/http/problem.js';
import { resources } from '../../../src/kube/resources.js';
import type { Application } from '../../../src/model/application.js';
import type { Cluster } from '../../../src/model/cluster.js';
import type { Instance } from '../../../src/model/instance.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Operation } from '../../../src/model/operation.js';
import { addCluster } from '../../support/apps.js';
import { TestApi, TOKEN } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { backupSettings } from '../../support/export-file.js';
import { RunningApps } from '../../support/running-apps.js';
import { makeShop } from '../../support/shop.js';

jest.setTimeout(90_000);

const never = new AbortController().signal;
const namespace = 'berth-c-demo';
const instances = '/api/v1/clusters/demo/instances';
const shop = `${instances}/shop`;
const config = '/api/v1/tenants/default/configs/shop';
const PASSWORD = 'planted-Pa55word-of-the-test';
const LOCATION = 'demo/uid/first.db.zst.enc';

let directory: string;
let settings: Record<string, string>;
let here: RunningApps;
let there: RunningApps;
let file: Buffer;
let before: Instance;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-moves-'));
  settings = await backupSettings(directory);
  here = await RunningApps.start(settings);
  there = await RunningApps.start(settings, here.hosted);
}, 180_000);

afterAll(async () => {
  await there?.stop();
  await here?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What a cluster has that ran and was backed up. */
async function makeExportable({ client, meta }: TestApi): Promise<void> {
  for (const name of keptSecrets) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque' };
    await client.create({ ...secret, data: { key: Buffer.from(name).toString('base64') } });
  }
  const {
    BERTH_BACKUP_STORE: store,
    BERTH_BACKUP_KEY_FILE: keyFile,
    BERTH_SCRATCH_DIR: scratchDir = '',
  } = settings;
  const archive = await SnapshotArchive.open({ store, keyFile, scratchDir });
  const etcd = await EtcdClient.open({ dial: new URL(meta.etcdUrl).host });
  const facts = await archive.save(etcd.snapshot(never), LOCATION, never);
  etcd.close();
  await here.api.send('/api/v1/clusters/demo/backups', { body: { name: 'first' } });
  const status = {
    state: 'Succeeded',
    startedAt: new Date().toISOString(),
    location: LOCATION,
    kubernetesVersion: '1.36.3',
    ...facts,
  };
  await client.patch(
    berthResources.Backup,
    { namespace, name: 'first' },
    { status },
    { subresource: 'status' },
  );
}

async function makeOperations({ client }: TestApi): Promise<void> {
  for (const [name, state] of [
    ['update-2', 'Succeeded'],
    ['update-3', 'Running'],
  ] as const) {
    const spec = { type: 'Update', cluster: 'demo', cause: { user: 'anna' } };
    await client.create({
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'Operation',
      metadata: { name, namespace },
      spec,
    });
    const status = { state, startedAt: new Date().toISOString(), steps: [] };
    await client.patch(berthResources.Operation, { namespace, name }, { status }, { subresource: 'status' });
  }
}

async function publish(api: TestApi, body: object = {}): Promise<Released> {
  const answer = await api.send<Released>(`${shop}/releases`, { body });
  if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

/** Saves a config version with another value and makes it the draft. */
async function draft(api: TestApi, version: number, set: object[]): Promise<void> {
  const saved = await api.send(`${config}/versions`, { body: { set, basedOn: version - 1 } });
  expect(saved.status).toBe(201);
  const spec = { config: { name: 'shop', version } };
  expect((await api.send(shop, { method: 'PATCH', body: { spec, reason: `to ${version}` } })).status).toBe(
    200,
  );
}

async function deployed(api: TestApi, revisions: Record<string, number>): Promise<Instance> {
  let seen: Instance | undefined;
  const holds = async () => {
    seen = (await api.send<Instance>(shop)).body;
    return Object.entries(revisions).every(([service, revision]) => {
      const status = seen?.status?.services?.[service];
      return status?.state === 'Deployed' && status.revision === revision;
    });
  };
  await eventually(holds, 'to be deployed', 30_000).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(seen?.status)}`);
  });
  return seen as Instance;
}

function live() {
  const ref = { namespace: 'shop', name: 'web' };
  return here.hosted.client.get(resources.Deployment, ref);
}

async function upload(bytes: Buffer, query = '') {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' };
  const url = new URL(`/api/v1/imports${query}`, there.api.url);
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(bytes) });
  return { status: response.status, body: (await response.json()) as Problem & Cluster };
}

async function history(api: TestApi): Promise<ChangeHistory['items']> {
  const { items } = (await api.send<ChangeHistory>(`${shop}/history`)).body;
  // Services that were published in the same second are told in any order.
  const keyOf = ({ at, service = '' }: (typeof items)[number]) => `${at} ${service}`;
  return items.toSorted((a, b) => keyOf(b).localeCompare(keyOf(a)));
}

it('is exported with what runs on it, and tells no secret without the key', async () => {
  const { api } = here;
  await makeShop(api.client);
  const set = [
    { name: 'replicas', value: 0 },
    { name: 'image', value: 'web:1' },
    { name: 'mode', value: 'a' },
    { name: 'password', type: 'secret', value: PASSWORD },
  ];
  const made = await api.send('/api/v1/tenants/default/configs', {
    body: { metadata: { name: 'shop' }, set },
  });
  expect(made.status).toBe(201);
  const spec = { application: 'shop', environment: 'test' };
  expect((await api.send(instances, { body: { metadata: { name: 'shop' }, spec } })).status).toBe(201);
  await publish(api);
  await deployed(api, { web: 1, db: 1 });
  await draft(api, 2, [{ name: 'mode', value: 'b' }]);
  await publish(api);
  before = await deployed(api, { web: 1, db: 2 });
  await makeExportable(api);
  await makeOperations(api);
  const url = new URL('/api/v1/clusters/demo/export', api.url);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(200);
  file = Buffer.from(await answer.arrayBuffer());
  expect(file.includes(PASSWORD)).toBe(false);
  // Two installations that manage one cluster would be in each other's way.
  await here.standStill();
});

it('is refused where the tenant has another config of that name, and nothing is made', async () => {
  const { api } = there;
  const stranger = { metadata: { name: 'shop' }, set: [{ name: 'mode', value: 'other' }] };
  await api.send('/api/v1/tenants/default/configs', { body: stranger });
  const refused = await upload(file);
  expect(refused).toMatchObject({ status: 409, body: { code: 'VersionsDiffer' } });
  expect(refused.body.detail).toContain('Config "shop"');
  expect(await api.client.find(resources.Namespace, { name: namespace })).toBe(undefined);
  const without = await upload(file, '?name=bare&host=bare.berth.test&instances=false');
  expect(without.status).toBe(201);
  const { items } = await api.client.list(berthResources.Instance, { namespace: 'berth-c-bare' });
  expect(items).toEqual([]);
  expect((await api.send(`${config}?confirm=shop`, { method: 'DELETE' })).status).toBe(202);
  await eventually(async () => (await api.send(config)).status === 404, 'the config to be gone');
});

it('comes with its instance, releases, drafts and versions, which begin nothing anew', async () => {
  const { api, hosted } = there;
  const { uid, generation } = (await live()).metadata;
  const made = await upload(file);
  expect(made.status).toBe(201);
  expect((await upload(file)).status).toBe(200);
  await addCluster(api.client, 'demo', hosted.server);
  const after = await deployed(api, { web: 1, db: 2 });
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  // Nothing would be published: what it renders is what it rendered there.
  expect((await publish(api)).unchanged.sort()).toEqual(['db', 'web']);
  expect((await live()).metadata).toMatchObject({ uid, generation });
});

it('tells its history as it was', async () => {
  const shown = await history(there.api);
  expect(shown).toEqual(await history(here.api));
  expect(shown.map(({ action, reason }) => [action, reason])).toContainEqual(['Draft', 'to 2']);
});

it('has the records of operations that are over, and no other', async () => {
  const { body } = await there.api.send<{ items: Operation[] }>('/api/v1/clusters/demo/operations');
  const [only] = body.items;
  expect(body.items).toHaveLength(1);
  expect(only?.metadata.name).toMatch(/^update-2\./);
  expect(only?.status?.state).toBe('Succeeded');
});

it('takes changes, and goes back to a release from before', async () => {
  const { api } = there;
  const { body: application } = await api.send<Application>('/api/v1/tenants/default/applications/shop');
  expect(application.spec.template).toEqual({ name: 'shop', version: 1 });
  await draft(api, 3, [{ name: 'password', value: `${PASSWORD}-2` }]);
  await publish(api);
  await deployed(api, { web: 2, db: 2 });
  const drafts = (await history(api)).filter(({ action }) => action === 'Draft');
  expect(drafts.map(({ generation }) => generation)).toEqual([3, 2, 1]);
  const { generation } = (await live()).metadata;
  await publish(api, { action: 'Rollback', services: ['web'], revision: 1, reason: 'back' });
  await deployed(api, { web: 3, db: 2 });
  expect((await live()).metadata.generation).toBe((generation ?? 0) + 1);
});
