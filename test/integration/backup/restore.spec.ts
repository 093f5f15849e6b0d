/** The way of a snapshot out of a real etcd and back into one, with clients that watch through it all. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { measure, SnapshotArchive } from '../../../src/backup/archive.js';
import { inspectSnapshot, type SnapshotFacts } from '../../../src/backup/snapshot-file.js';
import { EtcdClient } from '../../../src/control-plane/etcd/client/etcd-client.js';
import { run } from '../../../src/core/process.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { Informers } from '../../../src/kube/informers.js';
import { resources } from '../../../src/kube/resources.js';
import { when } from '../../support/eventually.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { etcdBinary } from '../../support/kube-binaries.js';
import { openFiles } from '../../support/open-files.js';

const never = new AbortController().signal;
const LOCATION = 'demo/uid/first.db.zst.enc';
let server: TestApiServer;
let client: KubeClient;
let directory: string;
let archive: SnapshotArchive;
let facts: SnapshotFacts;

const configMap = (name: string, text = 'x') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { text },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-restore-'));
  const keyFile = join(directory, 'keys');
  const scratchDir = join(directory, 'scratch');
  await mkdir(scratchDir);
  await writeFile(keyFile, `key-1:${randomBytes(32).toString('base64')}\n`);
  archive = await SnapshotArchive.open({
    store: pathToFileURL(join(directory, 'store')).href,
    keyFile,
    scratchDir,
  });
  server = await TestApiServer.start();
  client = await server.client();
  for (let i = 0; i < 200; i++) await client.create(configMap(`map-${i}`, 'x'.repeat(i * 50)));
  for (let i = 0; i < 200; i += 4)
    await client.delete(resources.ConfigMap, { namespace: 'default', name: `map-${i}` });
  facts = await withEtcd((etcd) => archive.save(etcd.snapshot(never), LOCATION, never));
}, 180_000);

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

async function withEtcd<R>(work: (etcd: EtcdClient) => Promise<R>): Promise<R> {
  const etcd = await EtcdClient.open({ dial: new URL(server.etcdUrl).host });
  try {
    return await work(etcd);
  } finally {
    etcd.close();
  }
}

it('says what etcdutl says of the same snapshot', async () => {
  await using snapshot = await archive.load(LOCATION, never);
  const told = await run(await etcdBinary('etcdutl'), ['snapshot', 'status', snapshot.path, '-w', 'json']);
  const { revision, totalKey } = JSON.parse(told) as { revision: number; totalKey: number };
  expect(snapshot.facts).toEqual(facts);
  expect(facts).toMatchObject({ revision, keys: totalKey });
});

it('stores nothing that can be read without the key', async () => {
  const stored = await readFile(join(directory, 'store', LOCATION));
  expect(stored.includes('registry')).toBe(false);
  expect(stored.length).toBeLessThan(facts.sizeBytes / 2);
});

it('refuses a snapshot whose bytes were changed or cut off after etcd sent it', async () => {
  await using snapshot = await archive.load(LOCATION, never);
  const bytes = await readFile(snapshot.path);
  const path = join(directory, 'damaged');
  const changed = Buffer.from(bytes);
  changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
  for (const damaged of [changed, bytes.subarray(0, -4096), bytes.subarray(0, 100), Buffer.alloc(0)]) {
    await writeFile(path, damaged);
    await expect(inspectSnapshot(path, never)).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
  }
});

it('refuses a snapshot that was put in the place of another', async () => {
  const stored = await readFile(join(directory, 'store', LOCATION));
  await mkdir(join(directory, 'store', 'shop'), { recursive: true });
  await writeFile(join(directory, 'store', 'shop', 'other'), stored);
  await expect(archive.load('shop/other', never)).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
});

it('lets go of the snapshot when the store has no room for it', async () => {
  const full = join(directory, 'store', 'full');
  await mkdir(full);
  // The kernel answers every write with ENOSPC.
  await symlink('/dev/full', join(full, 'a.part'));
  const saving = withEtcd((etcd) => archive.save(etcd.snapshot(never), 'full/a', never));
  await expect(saving).rejects.toMatchObject({ code: 'BackupStoreFull' });
  expect(await openFiles(join(directory, 'scratch'))).toEqual([]);
});

it('brings the data back, and an informer that was open goes on', async () => {
  const informers = new Informers(client);
  const { cache, synced } = informers.informer(resources.ConfigMap, { namespace: 'default' });
  await synced;
  await client.create(configMap('lost-by-the-restore'));
  await until(() => cache.get('default/lost-by-the-restore') !== undefined, 'the new object');
  await using snapshot = await archive.load(LOCATION, never);
  const revision = facts.revision + 1_000_000_000;
  await server.restore(snapshot.path, revision - facts.revision);
  await until(() => cache.get('default/lost-by-the-restore') === undefined, 'the object to be gone');
  await client.create(configMap('after-the-restore'));
  await until(() => cache.get('default/after-the-restore') !== undefined, 'what was made after the restore');
  expect(await withEtcd(async (etcd) => (await etcd.status()).revision)).toBeGreaterThan(revision);
  await informers.close();

  function until(holds: () => boolean, what: string): Promise<boolean> {
    return when(holds, (listener) => cache.onChange(listener), what, 60_000);
  }
}, 120_000);

it('has the same content digest after a restore, and another one after a change', async () => {
  await using snapshot = await archive.load(LOCATION, never);
  await server.restore(snapshot.path, 2_000_000_000, { withApiServer: false });
  const again = await withEtcd((etcd) => archive.save(etcd.snapshot(never), 'demo/uid/again', never));
  expect(again).toMatchObject({ keys: facts.keys, contentDigest: facts.contentDigest });
  expect(again.digest).not.toBe(facts.digest);
  const measured = await withEtcd((etcd) => measure(etcd.snapshot(never), directory, never));
  expect(measured).toMatchObject({ keys: facts.keys, contentDigest: facts.contentDigest });
  await server.restart();
  await client.create(configMap('one-more'));
  const changed = await withEtcd((etcd) => archive.save(etcd.snapshot(never), 'demo/uid/again', never));
  expect(changed.contentDigest).not.toBe(facts.contentDigest);
}, 120_000);
