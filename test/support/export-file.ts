import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { packExport } from '../../src/backup/export-file.js';
import type { ExportRecord } from '../../src/backup/export-records.js';
import { KeyRing } from '../../src/backup/key-ring.js';
import { inspectSnapshot } from '../../src/backup/snapshot-file.js';
import { keptSecrets } from '../../src/clusters/authorities.js';
import { EtcdClient } from '../../src/control-plane/etcd/client/etcd-client.js';
import { clusterSpec } from '../../src/model/cluster.js';

const never = new AbortController().signal;

/** Settings of a service that keeps backups in a directory, with a new key. */
export async function backupSettings(directory: string): Promise<Record<string, string>> {
  const keyFile = join(directory, 'backup-keys');
  await writeFile(keyFile, `key-1:${randomBytes(32).toString('base64')}\n`);
  const store = pathToFileURL(join(directory, 'backups')).href;
  return { BERTH_BACKUP_STORE: store, BERTH_BACKUP_KEY_FILE: keyFile, BERTH_SCRATCH_DIR: directory };
}

/** The file of an export as the service with these settings would write it, with what is in an etcd. */
export async function exportOf(
  etcdUrl: string,
  name: string,
  { BERTH_BACKUP_KEY_FILE: keyFile = '', BERTH_SCRATCH_DIR: directory = '' }: Record<string, string>,
  records: readonly ExportRecord[] = [],
): Promise<Buffer> {
  const snapshot = join(directory, 'export.db');
  const etcd = await EtcdClient.open({ dial: new URL(etcdUrl).host });
  await pipeline(etcd.snapshot(never), createWriteStream(snapshot));
  etcd.close();
  const { digest } = await inspectSnapshot(snapshot, never);
  const now = new Date().toISOString();
  const data = { key: Buffer.from('a key').toString('base64') };
  const manifest = {
    exportedAt: now,
    cluster: { name, labels: {}, annotations: {}, spec: clusterSpec.parse({ version: '1.36.3' }) },
    nodePorts: [],
    snapshot: { takenAt: now, digest },
    secrets: keptSecrets.map((secret) => ({ name: secret, type: 'Opaque', data })),
  };
  const { current } = await KeyRing.load(keyFile);
  return buffer(packExport({ manifest, records, snapshotPath: snapshot }, current));
}
