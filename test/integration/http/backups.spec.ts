/** Backups and restores over the REST API: what is asked for, and what is refused. No reconciler runs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import type { Backup } from '../../../src/model/backup.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Operation } from '../../../src/model/operation.js';
import { TestApi } from '../../support/berth-api.js';

const namespace = 'berth-c-demo';
const backups = '/api/v1/clusters/demo/backups';
const restore = '/api/v1/clusters/demo/restore';
let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start({
    BERTH_BACKUP_STORE: 'file:///nowhere',
    BERTH_BACKUP_KEY_FILE: '/nowhere/keys',
  });
  await createCluster('demo');
}, 90_000);
afterAll(async () => {
  await api?.stop();
});

async function createCluster(name: string): Promise<void> {
  const made = await api.send('/api/v1/clusters', {
    body: { metadata: { name }, spec: { version: '1.36.3' } },
  });
  expect(made.status).toBe(201);
}

function patchStatus(name: string, status: object): Promise<unknown> {
  const ref = { namespace, name };
  return api.client.patch(berthResources.Backup, ref, { status }, { subresource: 'status' });
}

it('a cluster that never ran has nothing to back up or to restore', async () => {
  expect(await api.send(backups, { body: {} })).toMatchObject({
    status: 409,
    body: { code: 'ClusterNotReady' },
  });
  const body = { backup: 'first', confirm: 'demo' };
  expect(await api.send(restore, { body })).toMatchObject({ status: 409, body: { code: 'ClusterNotReady' } });
});

describe('of a cluster that runs', () => {
  beforeAll(async () => {
    const status = { initializedAt: new Date().toISOString() };
    await api.client.patch(
      berthResources.Cluster,
      { namespace, name: 'demo' },
      { status },
      { subresource: 'status' },
    );
  });

  it('a backup is asked for, listed, read and deleted', async () => {
    const made = await api.send<Backup>(backups, {
      body: { name: 'first', description: 'before the party' },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { metadata: { name: 'first', namespace }, spec: { reason: 'OnDemand', requestedBy: 'admin' } },
    });
    const list = await api.send<{ items: Backup[] }>(backups);
    expect(list.body.items.map(({ metadata }) => metadata.name)).toEqual(['first']);
    expect((await api.send(`${backups}/first`)).status).toBe(200);
    expect(await api.send(`${backups}/first`, { method: 'DELETE' })).toMatchObject({
      status: 400,
      body: { code: 'ConfirmationRequired' },
    });
    expect((await api.send(`${backups}/first?confirm=first`, { method: 'DELETE' })).status).toBe(202);
    expect((await api.send(`${backups}/first`)).status).toBe(404);
  });

  it('a name is taken once, and may be left out', async () => {
    expect((await api.send(backups, { body: { name: 'twice' } })).status).toBe(201);
    expect(await api.send(backups, { body: { name: 'twice' } })).toMatchObject({
      status: 409,
      body: { code: 'BackupExists' },
    });
    const [one, other] = await Promise.all([
      api.send<Backup>(backups, { body: {} }),
      api.send<Backup>(backups),
    ]);
    expect([one.status, other.status]).toEqual([201, 200]);
  });

  it.each([{ name: 'UPPER' }, { name: 'a/b' }, { expiresAt: 'tomorrow' }, { unknown: 1 }])(
    'refuses %j',
    async (body) => {
      expect((await api.send(backups, { body })).status).toBe(422);
    },
  );

  it('a restore needs a backup that holds a snapshot', async () => {
    const ask = (backup: string) => api.send(restore, { body: { backup, confirm: 'demo' } });
    expect(await ask('nothing')).toMatchObject({ status: 404, body: { code: 'BackupNotFound' } });
    expect(await ask('twice')).toMatchObject({ status: 409, body: { code: 'BackupNotReady' } });
    await patchStatus('twice', { state: 'Failed', startedAt: new Date().toISOString() });
    expect(await ask('twice')).toMatchObject({ status: 409, body: { code: 'BackupNotReady' } });
  });

  it('a restore says what is lost and needs the name of the cluster; there is one at a time', async () => {
    await patchStatus('twice', { state: 'Succeeded', startedAt: '2026-11-21T02:00:00Z' });
    const unconfirmed = await api.send(restore, { body: { backup: 'twice' } });
    expect(unconfirmed).toMatchObject({ status: 400, body: { code: 'ConfirmationRequired' } });
    expect(unconfirmed.body.detail).toContain('2026-11-21T02:00:00Z');
    const body = { backup: 'twice', confirm: 'demo', reason: 'wrong migration' };
    expect(await api.send<Operation>(restore, { body })).toMatchObject({
      status: 202,
      body: {
        spec: {
          type: 'Restore',
          restore: { backup: 'twice', cluster: 'demo' },
          cause: { user: 'admin', reason: 'wrong migration' },
        },
      },
    });
    expect(await api.send(restore, { body })).toMatchObject({
      status: 409,
      body: { code: 'OperationInProgress' },
    });
  });

  it('its namespace holds all of it', async () => {
    const { items } = await api.client.list(berthResources.Backup);
    expect(new Set(items.map(({ metadata }) => metadata.namespace))).toEqual(new Set([namespace]));
    expect(await api.client.find(resources.Namespace, { name: namespace })).toBeDefined();
  });
});

it('an installation without a store refuses', async () => {
  const bare = await TestApi.start();
  try {
    await bare.send('/api/v1/clusters', {
      body: { metadata: { name: 'demo' }, spec: { version: '1.36.3' } },
    });
    expect(await bare.send(backups, { body: {} })).toMatchObject({
      status: 409,
      body: { code: 'BackupNotConfigured' },
    });
  } finally {
    await bare.stop();
  }
}, 90_000);
