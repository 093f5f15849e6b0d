import { createWriteStream, openAsBlob } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { messageOf } from '../../../core/errors.js';
import type { Backup } from '../../../model/backup.js';
import type { Cluster } from '../../../model/cluster.js';
import type { Operation } from '../../../model/operation.js';
import { isFinished } from '../../../operations/timeline.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS, type FollowOptions, followOperation } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../exit-codes.js';
import { CLUSTER } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';
import { untilReady } from './create.js';

/** The backup that an export makes is of no use once the file is there. */
const BACKUP_LIFE_MS = 24 * 3600 * 1000;

interface ExportOptions {
  to: string;
  backup?: string;
  force: boolean;
  timeout: number;
}

const EXPORT_EXAMPLES = `
Examples:
  berth cluster export demo --to demo.berth
  berth cluster export demo --to demo.berth --backup nightly
  berth --server https://berth.other.example cluster import demo.berth --wait

The file holds the cluster's authorities and data, the instances on it with the versions they are made from, and the
operations that are over, encrypted with the key of backups: the installation that imports it needs that key in its
BERTH_BACKUP_KEY_FILE. What is written to the cluster after the backup is not in it.`;

export function addExport(parent: Command, context: CliContext): void {
  parent
    .command('export <cluster>')
    .summary('write a cluster into one encrypted file, to bring it up again elsewhere')
    .requiredOption('--to <file>', 'file to write')
    .option('--backup <name>', 'with the data of this backup [a new one]')
    .option('--force', 'write over a file that is there', false)
    .option('--timeout <duration>', 'longest wait for the backup', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXPORT_EXAMPLES)
    .action(async (cluster: string, options: ExportOptions, command: Command) => {
      if (!options.force) await refuseExisting(options.to);
      const api = await connect(context, command);
      const follow = { reporter: context.reporter(command), timeoutSeconds: options.timeout };
      await tellUnderWay(context, api, cluster);
      const backup = options.backup ?? (await freshBackup(api, cluster, follow));
      const size = await download(api, cluster, { backup, to: options.to });
      context.out.write(`Wrote ${options.to}: cluster/${cluster} as of backup/${backup}, ${size} bytes.\n`);
    });
}

/** Records of what is not over stay here; the cluster that is made of the file does not go on with it. */
async function tellUnderWay(context: CliContext, api: ApiClient, cluster: string): Promise<void> {
  const { items } = await api.list<Operation>(`/api/v1/clusters/${cluster}/operations`);
  for (const { metadata, status } of items.filter((one) => !isFinished(one.status)))
    context.err.write(`Not in the file: ${metadata.name}, which is ${status?.state ?? 'about to start'}.\n`);
}

async function freshBackup(api: ApiClient, cluster: string, follow: FollowOptions): Promise<string> {
  const expiresAt = new Date(Date.now() + BACKUP_LIFE_MS).toISOString();
  const body = { description: 'for an export', expiresAt };
  const path = `/api/v1/clusters/${cluster}/backups`;
  const { name } = (await api.call<Backup>(path, { method: 'POST', body })).metadata;
  await followOperation(api, { cluster, name: `backup-${name}` }, follow);
  return name;
}

/** Whole or not at all: a file that was cut off is not left under the name that was asked for. */
async function download(
  api: ApiClient,
  cluster: string,
  { backup, to }: { backup: string; to: string },
): Promise<number> {
  const partial = `${to}.part`;
  try {
    const file = createWriteStream(partial, { mode: 0o600 });
    await pipeline(api.download(`/api/v1/clusters/${cluster}/export`, { query: { backup } }), file);
    await rename(partial, to);
    return file.bytesWritten;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function refuseExisting(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found) throw usageError(`${file} is there already.`, 'Name another file, or add --force.');
}

interface ImportOptions {
  name?: string;
  host?: string;
  withoutInstances?: boolean;
  wait: boolean;
  timeout: number;
}

const IMPORT_EXAMPLES = `
Examples:
  berth cluster import demo.berth --wait
  berth cluster import demo.berth --name demo-2 --host demo-2.example.com
  berth cluster import demo.berth --without-instances

The cluster keeps its authorities, service-account keys and host name: kubeconfigs and tokens of before go on when the
host name leads here. Nodes dial an address and a port; tell them the new one (docs/backup.md).`;

export function addImport(parent: Command, context: CliContext): void {
  parent
    .command('import <file>')
    .summary('make a cluster from the file of an export')
    .option('--name <name>', 'name of the cluster [the one it had]')
    .option('--host <name>', 'host name of its API server [the one it had]')
    .option('--without-instances', 'without instances, releases, templates and configs')
    .option('--wait', 'wait until its API server answers, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', IMPORT_EXAMPLES)
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const api = await connect(context, command);
      const { name, host, withoutInstances, timeout: timeoutSeconds } = options;
      const query = { name, host, ...(withoutInstances && { instances: false }) };
      const call = { method: 'POST' as const, query, body: await blobOf(file) };
      const cluster = await api.call<Cluster>('/api/v1/imports', call);
      const follow = { reporter: context.reporter(command), timeoutSeconds };
      const shown = options.wait ? await untilReady(api, cluster, follow, 'Import') : cluster;
      printObjects(context, command, CLUSTER, { objects: [shown], value: shown });
    });
}

async function blobOf(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file);
  } catch (error) {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`, 'Name the file of an export.');
  }
}
