import type { Command } from 'commander';
import type { Backup } from '../../../model/backup.js';
import type { Cluster } from '../../../model/cluster.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { confirmByName } from '../../confirmation.js';
import type { CliContext } from '../../context.js';
import { age } from '../../output/table.js';
import { newestBackup } from '../backup.js';
import { parseDuration } from '../../duration.js';
import { beginOperation, type OperationOptions, withOperationOptions } from '../begin-operation.js';
import { createCluster, untilReady } from './create.js';

interface RestoreOptions extends OperationOptions {
  backup?: string;
  into?: string;
  /** Seconds. */
  deadline?: number;
  yes: boolean;
}

const EXAMPLES = `
Examples:
  berth cluster restore demo                          to its newest backup; asks for the name once more
  berth cluster restore demo --backup nightly --yes --wait
  berth cluster restore demo --into demo-copy         look before you leap: a new cluster with the same data`;

export function addRestore(parent: Command, context: CliContext): void {
  withOperationOptions(parent.command('restore <cluster>'))
    .summary('take a cluster back to a backup, or make a copy of it from one')
    .option('--backup <name>', 'which backup [the newest]')
    .option('--into <cluster>', 'into a new cluster of this name; the first one stays as it is')
    .option(
      '--deadline <duration>',
      'give up when etcd does not have the snapshot by then [10m]',
      parseDuration,
    )
    .option('-y, --yes', 'do not ask', false)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: RestoreOptions, command: Command) => {
      const api = await connect(context, command);
      const backup = await backupOf(api, name, options.backup);
      const target = options.into ?? name;
      const follow = { reporter: context.reporter(command), timeoutSeconds: options.timeout };
      if (options.into !== undefined)
        await untilReady(api, await createCopy(api, name, options.into), follow);
      else if (!options.yes) await confirm(context, name, backup);
      const body = {
        backup: backup.metadata.name,
        reason: options.reason,
        progressDeadlineSeconds: options.deadline,
        confirm: target,
        ...(options.into !== undefined && { fromCluster: name }),
      };
      await beginOperation({ context, command, api }, { cluster: target, path: 'restore', body }, options);
    });
}

function backupOf(api: ApiClient, cluster: string, name: string | undefined): Promise<Backup> {
  if (name === undefined) return newestBackup(api, cluster);
  return api.call<Backup>(`/api/v1/clusters/${cluster}/backups/${name}`);
}

/** A cluster like the first one, but for its name and the ways in. Services keep their addresses. */
async function createCopy(api: ApiClient, name: string, copy: string): Promise<Cluster> {
  const { spec } = await api.call<Cluster>(`/api/v1/clusters/${name}`);
  const { exposure, backup: _backup, patches: _patches, displayName: _displayName, ...same } = spec;
  const { host: _host, ...reached } = exposure;
  return createCluster(api, { metadata: { name: copy }, spec: { ...same, exposure: reached } });
}

/** Has a person type the name. Throws UsageError when nobody is there to ask. */
function confirm(context: CliContext, name: string, { metadata, status }: Backup): Promise<void> {
  const old = age(status?.startedAt ?? '', Date.now());
  const loss = `What was written to "${name}" in the ${old} since backup "${metadata.name}" will be lost.`;
  return confirmByName(context, { name, loss, verb: 'restore', participle: 'restored' });
}
