/** Attempts at backups over a real API server. etcd is the tests': what its members answer is what they are about. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { backupPriority, BackupReconciler } from '../../../src/clusters/backups/backup.reconciler.js';
import type { ClusterServices } from '../../../src/clusters/scope.js';
import { ClusterWorld } from '../../../src/clusters/world.js';
import { systemClock } from '../../../src/core/clock.js';
import { BerthError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logging.js';
import { Informers } from '../../../src/kube/informers.js';
import type { Backup, BackupReason } from '../../../src/model/backup.js';
import { berthResources } from '../../../src/model/kinds.js';
import { API_VERSION, clusterLabels } from '../../../src/model/names.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';

jest.setTimeout(120_000);

const namespace = 'berth-c-demo';
const TIMEOUT = new BerthError('ReconcileTimeout', 'not through in time', { transient: true });

let api: TestApi;
let informers: Informers;
let world: ClusterWorld;
let directory: string;
let reconciler: BackupReconciler;
/** What the member that answers sends. */
let snapshot: (signal: AbortSignal) => AsyncGenerator<Uint8Array>;
const askedForSnapshots: string[] = [];
/** How far the reconciler's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  api = await TestApi.start();
  directory = await mkdtemp(join(tmpdir(), 'berth-backups-'));
  const keyFile = join(directory, 'keys');
  await writeFile(keyFile, `key-1:${randomBytes(32).toString('base64')}`);
  const body = { metadata: { name: 'demo' }, spec: { version: '1.36.3' } };
  expect((await api.send('/api/v1/clusters', { body })).status).toBe(201);
  await api.client.create(threeMembers());
  informers = new Informers(api.client);
  world = await ClusterWorld.open(api.client, informers, AbortSignal.timeout(60_000));
  const store = pathToFileURL(join(directory, 'store')).href;
  reconciler = new BackupReconciler({
    client: api.client,
    world,
    clock: { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs },
    log: silentLogger,
    installation: { backup: { store, keyFile, scratchDir: directory } },
    etcd: { withinAny },
  } as unknown as ClusterServices);
}, 90_000);
afterAll(async () => {
  await informers?.close();
  await api?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Three members: etcd-0 is away, etcd-2 leads. */
async function withinAny(_namespace: string, members: string[], work: (member: object) => Promise<unknown>) {
  const [name = ''] = members;
  if (name === 'etcd-0') throw new BerthError('EtcdUnavailable', 'etcd-0 does not answer');
  const status = { memberId: name, leaderId: 'etcd-2', revision: 7 };
  return work({
    status: () => Promise.resolve(status),
    alarms: () => Promise.resolve([]),
    snapshot: (signal: AbortSignal) => {
      askedForSnapshots.push(name);
      return snapshot(signal);
    },
  });
}

function threeMembers() {
  const labels = clusterLabels('demo', 'default');
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'etcd', image: 'etcd' }] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'etcd', namespace, labels },
    spec: { replicas: 3, serviceName: 'etcd', selector: { matchLabels: labels }, template },
  };
}

async function create(name: string): Promise<void> {
  const spec = { cluster: 'demo', reason: 'OnDemand' };
  await api.client.create({ apiVersion: API_VERSION, kind: 'Backup', metadata: { name, namespace }, spec });
  await cached(name, (backup) => backup !== undefined);
  const signal = new AbortController().signal;
  await reconciler.reconcile(`${namespace}/${name}`, { signal });
  await cached(name, (backup) => backup?.metadata.finalizers !== undefined);
}

/** The Backup once the caches have it as it is to be. */
async function cached(name: string, holds: (backup: Backup | undefined) => boolean): Promise<void> {
  const check = () => Promise.resolve(holds(world.find(berthResources.Backup, { namespace, name })));
  await eventually(check, `Backup ${name} to be in the cache`);
}

/** One attempt, after which the caches have what it wrote. */
async function attempt(name: string, signal = new AbortController().signal) {
  const result = await reconciler.reconcile(`${namespace}/${name}`, { signal });
  const { metadata, status } = await api.client.get(berthResources.Backup, { namespace, name });
  await cached(name, (backup) => backup?.metadata.resourceVersion === metadata.resourceVersion);
  return { result, status };
}

/** A member that says nothing, until the signal is aborted. */
async function* silence(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error('the call was cancelled'))),
  );
  yield Buffer.alloc(0);
}

/** An attempt that is aborted while its member says nothing. */
async function abortedAttempt(name: string, reason: Error) {
  const controller = new AbortController();
  snapshot = (signal) => {
    setImmediate(() => controller.abort(reason));
    return silence(signal);
  };
  return attempt(name, controller.signal);
}

it('a snapshot is taken from the leader, whoever is away', async () => {
  snapshot = async function* () {
    yield Buffer.alloc(100);
  };
  await create('torn');
  await attempt('torn');
  expect(askedForSnapshots).toEqual(['etcd-2']);
});

it('what a failed attempt may have stored is known, and goes with the Backup', async () => {
  const { metadata } = await api.client.get(berthResources.Cluster, { namespace, name: 'demo' });
  const { status } = await api.client.get(berthResources.Backup, { namespace, name: 'torn' });
  expect(status).toMatchObject({
    state: 'Failed',
    reason: 'SnapshotCorrupted',
    clusterUID: metadata.uid,
    store: pathToFileURL(join(directory, 'store')).href,
    location: `demo/${metadata.uid}/torn.db.zst.enc`,
  });
});

it('a record that a crash left open ends as its Backup did', async () => {
  const ref = { namespace, name: 'backup-torn' };
  const open = { status: { state: 'Running', finishedAt: null, message: null } };
  await api.client.patch(berthResources.Operation, ref, open, { subresource: 'status' });
  const isOpen = () =>
    Promise.resolve(world.find(berthResources.Operation, ref)?.status?.state === 'Running');
  await eventually(isOpen, 'the record to be open in the cache');
  await attempt('torn');
  const { status } = await api.client.get(berthResources.Operation, ref);
  expect(status).toMatchObject({ state: 'Failed', message: expect.stringContaining('snapshot') });
  expect(status?.finishedAt).toBeDefined();
});

it('a backup that is made is not made again by one whose caches are behind', async () => {
  await create('made');
  const key = { namespace, name: 'made' };
  const before = world.find(berthResources.Backup, key);
  const now = new Date().toISOString();
  const made = { state: 'Succeeded', startedAt: now, finishedAt: now };
  await api.client.patch(berthResources.Backup, key, { status: made }, { subresource: 'status' });
  await cached('made', (backup) => backup?.status?.state === 'Succeeded');
  const find = jest.spyOn(world, 'find').mockImplementationOnce(() => before);
  const { result, status } = await attempt('made');
  find.mockRestore();
  expect(result).toMatchObject({ kind: 'requeue' });
  expect(status).toMatchObject(made);
});

describe('an attempt that is ended', () => {
  it('by its time counts: after three the backup has failed', async () => {
    await create('slow');
    for (const attempts of [1, 2]) {
      const { result, status } = await abortedAttempt('slow', TIMEOUT);
      expect(result).toMatchObject({ kind: 'requeue' });
      expect(status).toMatchObject({ state: 'Running', reason: 'ReconcileTimeout', attempts });
      aheadMs += 2_000;
    }
    const { status } = await abortedAttempt('slow', TIMEOUT);
    expect(status).toMatchObject({ state: 'Failed', reason: 'ReconcileTimeout', attempts: 3 });
  });

  it('is followed by the next after a while, whatever brings the Backup here before', async () => {
    await create('early');
    await abortedAttempt('early', TIMEOUT);
    const { result, status } = await attempt('early');
    expect(result).toMatchObject({ kind: 'requeue', afterMs: expect.any(Number) });
    expect(status).toMatchObject({ state: 'Running', attempts: 1 });
    aheadMs += 2_000;
    expect((await abortedAttempt('early', TIMEOUT)).status).toMatchObject({ attempts: 2 });
  });

  it('because Berth stops is gone on with after the start', async () => {
    await create('stopped');
    await expect(abortedAttempt('stopped', new Error('Berth is stopping'))).rejects.toThrow();
    const { status } = await api.client.get(berthResources.Backup, { namespace, name: 'stopped' });
    expect(status).toMatchObject({ state: 'Running' });
  });
});

it('backups that somebody waits for go before those of schedules', () => {
  const priority = (reason: BackupReason) => backupPriority({ spec: { cluster: 'demo', reason } } as Backup);
  const awaited: BackupReason[] = ['BeforeRestore', 'BeforeUpgrade', 'OnDemand'];
  for (const reason of awaited) expect(priority(reason)).toBeGreaterThan(priority('Scheduled'));
});
