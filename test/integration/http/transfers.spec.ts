/** Exports and imports over the REST API, with the store and a snapshot of a real etcd. No reconciler runs. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SnapshotArchive } from '../../../src/backup/archive.js';
import { encrypt } from '../../../src/backup/encryption.js';
import { packExport, type UnpackedExport, unpackExport } from '../../../src/backup/export-file.js';
import { KeyRing } from '../../../src/backup/key-ring.js';
import { keptSecrets } from '../../../src/clusters/authorities.js';
import { EtcdClient } from '../../../src/control-plane/etcd/client/etcd-client.js';
import type { Problem } from '../../../src/http/problem.js';
import { resources } from '../../../src/kube/resources.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import { TestApi, TOKEN } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { openFiles } from '../../support/open-files.js';

const never = new AbortController().signal;
const namespace = 'berth-c-demo';
const path = '/api/v1/clusters/demo/export';
const LOCATION = 'demo/uid/first.db.zst.enc';
const secretOf = (name: string) => Buffer.from(`the key of ${name}`).toString('base64');
let directory: string;
let api: TestApi;
let keys: KeyRing;
let file: Buffer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-transfers-'));
  await mkdir(join(directory, 'scratch'));
  const keyFile = join(directory, 'keys');
  await writeFile(keyFile, `key-1:${randomBytes(32).toString('base64')}\n`);
  keys = await KeyRing.load(keyFile);
  api = await TestApi.start({
    BERTH_BACKUP_STORE: pathToFileURL(join(directory, 'store')).href,
    BERTH_BACKUP_KEY_FILE: keyFile,
    BERTH_SCRATCH_DIR: join(directory, 'scratch'),
  });
  await makeCluster();
}, 120_000);

afterAll(async () => {
  await api?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** One that ran once, as far as the API can tell. */
async function makeCluster(): Promise<void> {
  const metadata = { name: 'demo', labels: { team: 'shop' }, annotations: { note: 'mind the step' } };
  const spec = { version: '1.36.3', displayName: 'The shop' };
  expect((await api.send('/api/v1/clusters', { body: { metadata, spec } })).status).toBe(201);
  for (const name of keptSecrets) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque' };
    await api.client.create({ ...secret, data: { key: secretOf(name) } });
  }
  const status = { initializedAt: new Date().toISOString(), endpoint: { host: 'demo.berth.test' } };
  const ref = { namespace, name: 'demo' };
  await api.client.patch(berthResources.Cluster, ref, { status }, { subresource: 'status' });
}

async function makeBackup(): Promise<void> {
  const settings = {
    store: pathToFileURL(join(directory, 'store')).href,
    keyFile: join(directory, 'keys'),
    scratchDir: directory,
  };
  const archive = await SnapshotArchive.open(settings);
  const etcd = await EtcdClient.open({ dial: new URL(api.meta.etcdUrl).host });
  const facts = await archive.save(etcd.snapshot(never), LOCATION, never);
  etcd.close();
  await api.send('/api/v1/clusters/demo/backups', { body: { name: 'first' } });
  const startedAt = new Date().toISOString();
  const versions = { kubernetesVersion: '1.36.3', etcdVersion: '3.6.16' };
  const status = { state: 'Succeeded', startedAt, location: LOCATION, ...versions, ...facts };
  const ref = { namespace, name: 'first' };
  await api.client.patch(berthResources.Backup, ref, { status }, { subresource: 'status' });
}

async function download(query = ''): Promise<Response> {
  return fetch(new URL(`${path}${query}`, api.url), { headers: { authorization: `Bearer ${TOKEN}` } });
}

async function upload(body: Buffer, query = '', to = '/api/v1/imports') {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' };
  const url = new URL(`${to}${query}`, api.url);
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
  return { status: response.status, body: (await response.json()) as Problem & Cluster };
}

async function* bytesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The export with another manifest, and perhaps with another key. */
async function repacked(
  change: (manifest: UnpackedExport['manifest']) => object,
  key = keys.current,
): Promise<Buffer> {
  await using unpacked = await unpackExport(bytesOf(file), keys, directory, never);
  const manifest = { ...unpacked.manifest, ...change(unpacked.manifest) };
  const content = { manifest, records: unpacked.records(), snapshotPath: unpacked.path };
  const chunks: Buffer[] = [];
  for await (const chunk of packExport(content, key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As files were before there were records. */
async function ofFormat1(): Promise<Buffer> {
  await using unpacked = await unpackExport(bytesOf(file), keys, directory, never);
  const manifest = Buffer.from(JSON.stringify({ ...unpacked.manifest, format: 1 }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(manifest.length);
  const clear = Buffer.concat([length, manifest, await readFile(unpacked.path)]);
  const packed = Readable.from(bytesOf(zstdCompressSync(clear)), { objectMode: false });
  return await buffer(encrypt(packed, keys.current, 'export of a cluster'));
}

async function namespaces(): Promise<string[]> {
  const { items } = await api.client.list(resources.Namespace);
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('berth-c-'));
}

it('exports nothing while there is no backup', async () => {
  const refused = await api.send(path);
  expect(refused).toMatchObject({ status: 404, body: { code: 'BackupNotFound' } });
});

it('exports one file that tells nothing without the key', async () => {
  await makeBackup();
  const answer = await download('?backup=first');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="demo.berth"');
  file = Buffer.from(await answer.arrayBuffer());
  for (const text of ['demo', 'The shop', 'registry', secretOf('ca'), 'the key of'])
    expect(file.includes(text)).toBe(false);
  const scratch = join(directory, 'scratch');
  await eventually(async () => (await openFiles(scratch)).length === 0, 'the snapshot to be gone');
  expect(await readdir(scratch)).toEqual([]);
});

it('makes the cluster again: its Secrets are there, and what it starts from', async () => {
  const query = '?name=shop&host=shop.berth.test';
  const made = await upload(file, query);
  expect(made).toMatchObject({
    status: 201,
    body: {
      metadata: { name: 'shop', labels: { team: 'shop' }, annotations: { note: 'mind the step' } },
      spec: { version: '1.36.3', displayName: 'The shop', exposure: { host: 'shop.berth.test' } },
    },
  });
  for (const name of keptSecrets) {
    const secret = await api.client.get(resources.Secret, { namespace: 'berth-c-shop', name });
    expect(secret['data']).toEqual({ key: secretOf(name) });
  }
  const name = made.body.metadata.annotations?.['berth.dev/imported-from'] ?? '';
  const backup = await api.client.get(berthResources.Backup, { namespace: 'berth-c-shop', name });
  const first = await api.client.get(berthResources.Backup, { namespace, name: 'first' });
  expect(backup.status).toMatchObject({
    state: 'Succeeded',
    digest: first.status?.digest,
    contentDigest: first.status?.contentDigest,
  });
  expect(await openFiles(join(directory, 'scratch'))).toEqual([]);
  const again = await upload(file, query);
  expect(again).toMatchObject({ status: 200, body: { metadata: { uid: made.body.metadata.uid } } });
});

it('finishes an import that was cut off before the cluster was there, but not with another file', async () => {
  const left = { namespace: 'berth-c-left', name: 'ca' };
  const label = { 'app.kubernetes.io/managed-by': 'berth', 'berth.dev/cluster': 'left' };
  await api.client.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'berth-c-left', labels: label },
  });
  const data = { key: secretOf('ca') };
  await api.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: left, type: 'Opaque', data });
  const query = '?name=left&host=left.berth.test';
  const secrets = [{ name: 'ca', type: 'Opaque', data: { key: secretOf('another') } }];
  expect(await upload(await repacked(() => ({ secrets })), query)).toMatchObject({
    status: 409,
    body: { code: 'NamespaceTaken' },
  });
  expect((await upload(file, query)).status).toBe(201);
});

it('takes files that older services wrote', async () => {
  const made = await upload(await ofFormat1(), '?name=old&host=old.berth.test');
  expect(made).toMatchObject({ status: 201, body: { spec: { displayName: 'The shop' } } });
});

it('refuses names and hosts that are taken, and makes nothing then', async () => {
  const before = await namespaces();
  expect(await upload(file)).toMatchObject({ status: 409, body: { code: 'ClusterExists' } });
  const other = await upload(file, '?name=other');
  expect(other).toMatchObject({ status: 409, body: { code: 'HostTaken' } });
  expect(await namespaces()).toEqual(before);
});

it('refuses what was changed, cut off, or is no export', async () => {
  const changed = Buffer.from(file);
  changed[file.length >> 1] = (changed[file.length >> 1] ?? 0) ^ 1;
  const backup = await readFile(join(directory, 'store', LOCATION));
  const bad = [
    changed,
    file.subarray(0, -100),
    file.subarray(0, 20),
    Buffer.alloc(0),
    randomBytes(99),
    backup,
  ];
  for (const content of bad) {
    const refused = await upload(content, '?name=other&host=other.berth.test');
    expect(refused).toMatchObject({ status: 422, body: { code: 'ExportCorrupted' } });
  }
});

it('refuses other formats, versions that are not there, and keys it does not have', async () => {
  const query = '?name=other&host=other.berth.test';
  expect(await upload(await repacked(() => ({ format: 3 })), query)).toMatchObject({
    status: 422,
    body: { code: 'ExportFormatUnknown' },
  });
  const unknown = ({ snapshot }: UnpackedExport['manifest']) => ({
    snapshot: { ...snapshot, kubernetesVersion: '1.99.0' },
  });
  expect(await upload(await repacked(unknown), query)).toMatchObject({
    status: 422,
    body: { code: 'VersionUnknown' },
  });
  const key = { id: 'key-9', secret: randomBytes(32) };
  const refused = await upload(await repacked(() => ({}), key), query);
  expect(refused).toMatchObject({ status: 409, body: { code: 'BackupKeyUnknown' } });
  expect(refused.body.next).toContain('BERTH_BACKUP_KEY_FILE');
  expect(await namespaces()).not.toContain('berth-c-other');
});

it('takes files at this address, and JSON at all others', async () => {
  const unsupported = { status: 415, body: { code: 'UnsupportedMediaType' } };
  expect(await api.send('/api/v1/imports', { body: {} })).toMatchObject(unsupported);
  expect(await api.send('/api/v1/imports', { method: 'POST' })).toMatchObject(unsupported);
  expect(await upload(file, '', '/api/v1/clusters')).toMatchObject(unsupported);
});

it('exports nothing of a snapshot that was damaged in the store', async () => {
  const stored = join(directory, 'store', LOCATION);
  await writeFile(stored, (await readFile(stored)).subarray(0, -10));
  expect(await api.send(path)).toMatchObject({ status: 409, body: { code: 'SnapshotCorrupted' } });
});
