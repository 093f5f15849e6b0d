import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, open as openFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BerthError } from '../../../src/core/errors.js';
import { run } from '../../../src/core/process.js';
import { type ObjectStore, openStore } from '../../../src/backup/store/object-store.js';
import { S3Server } from '../../support/s3-server.js';

const never = new AbortController().signal;
let directory: string;
let s3: S3Server;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-store-'));
  s3 = await S3Server.start();
}, 600_000);

afterAll(async () => {
  await s3.stop();
  await rm(directory, { recursive: true, force: true });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, never)) keys.push(key);
  return keys.sort();
}

describe.each([
  ['a directory', () => openStore(pathToFileURL(directory).href)],
  ['an S3 server', () => openStore(s3.address)],
])('%s', (_name, open) => {
  it('gives back what was put, in one part and in several', async () => {
    const store = await open();
    for (const size of [0, 10, 20 * 1024 * 1024]) {
      const bytes = randomBytes(size);
      await store.put('demo/uid/a.db', pieces(bytes), never);
      expect((await collect(await store.get('demo/uid/a.db', never))).equals(bytes)).toBe(true);
    }
  });

  it('lists what is below a prefix, and deletes', async () => {
    const store = await open();
    for (const key of ['list/1/a', 'list/1/b', 'list/2/c'])
      await store.put(key, pieces(Buffer.from(key)), never);
    expect(await keysOf(store, 'list/1')).toEqual(['list/1/a', 'list/1/b']);
    await store.delete('list/1/a', never);
    await store.delete('list/1/a', never);
    expect(await keysOf(store, 'list/1')).toEqual(['list/1/b']);
    expect(await keysOf(store, 'nothing/here')).toEqual([]);
  });

  it('says that an object is missing', async () => {
    const store = await open();
    await expect(store.get('demo/uid/other', never)).rejects.toMatchObject({ code: 'SnapshotMissing' });
  });

  it('stores nothing when what it is fed with fails, and passes the failure on', async () => {
    const store = await open();
    const cut = async function* () {
      yield randomBytes(9 * 1024 * 1024);
      throw new BerthError('EtcdUnavailable', 'etcd went away');
    };
    await expect(store.put('cut/a', cut(), never)).rejects.toMatchObject({ code: 'EtcdUnavailable' });
    expect(await keysOf(store, 'cut')).toEqual([]);
  });

  it('takes no name that leaves its place', async () => {
    const store = await open();
    for (const key of ['../a', '/etc/passwd', 'a/../../b', '', 'a//b']) {
      await expect(store.put(key, pieces(Buffer.from('x')), never)).rejects.toMatchObject({
        code: 'InvalidObjectKey',
      });
    }
  });
});

it('takes a snapshot into a folder whose last one is just being deleted', async () => {
  const store = await openStore(pathToFileURL(directory).href);
  for (let round = 0; round < 300; round++) {
    const put = store.put('last/new', pieces(Buffer.from('x')), never);
    await Promise.all([put, ...['a', 'b', 'c'].map((name) => store.delete(`last/${name}`, never))]);
    expect(await keysOf(store, 'last')).toEqual(['last/new']);
    await store.delete('last/new', never);
  }
});

it('keeps the snapshots of a directory to their owner, and no part of one', async () => {
  const store = await openStore(pathToFileURL(directory).href);
  await store.put('own/a', pieces(Buffer.from('x')), never);
  expect(await readdir(join(directory, 'own'))).toEqual(['a']);
});

it('says that an S3 server is away', async () => {
  const other = await openStore('s3://backups?endpoint=http://127.0.0.1:9');
  await expect(other.get('demo/uid/a.db', never)).rejects.toMatchObject({ code: 'BackupStoreUnavailable' });
}, 60_000);

it('says that a directory has no room left, and leaves no part behind', async () => {
  const store = await openStore(pathToFileURL(directory).href);
  await mkdir(join(directory, 'full'));
  // The kernel answers every write with ENOSPC.
  await symlink('/dev/full', join(directory, 'full', 'a.db.part'));
  const put = store.put('full/a.db', pieces(Buffer.alloc(1_000_000)), never);
  await expect(put).rejects.toMatchObject({ code: 'BackupStoreFull', status: 507 });
  expect(await readdir(join(directory, 'full'))).toEqual([]);
});

describe('a directory that hangs', () => {
  // Nobody reads or writes at the other end: to open it blocks in the kernel, as a share that is away does.
  const pipes = ['hung/read.db', 'hung/writing'];

  beforeAll(async () => {
    await mkdir(join(directory, 'hung'));
    for (const name of pipes) await run('mkfifo', [join(directory, name)]);
    // By another name, as what is left of a write that failed is removed.
    await link(join(directory, 'hung/writing'), join(directory, 'hung/write.db.part'));
  });
  afterAll(async () => {
    for (const name of pipes) await (await openFile(join(directory, name), 'r+')).close();
  });

  it('is not waited for longer than one is told to', async () => {
    const store = await openStore(pathToFileURL(directory).href);
    const patience = () => AbortSignal.timeout(300);
    const from = performance.now();
    const reading = store.get('hung/read.db', patience()).then(collect);
    await expect(reading).rejects.toThrow('timeout');
    const writing = store.put('hung/write.db', pieces(Buffer.from('x')), patience());
    await expect(writing).rejects.toThrow('timeout');
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

// The last one: the server goes on only to be stopped.
it('waits for an S3 server that does not answer no longer than it is told to', async () => {
  const store = await openStore(s3.address);
  await store.put('slow/a.db', pieces(Buffer.from('x')), never);
  s3.freeze();
  const from = performance.now();
  await expect(store.get('slow/a.db', AbortSignal.timeout(2_000))).rejects.toThrow();
  expect(performance.now() - from).toBeLessThan(10_000);
}, 60_000);
