import type { Command } from 'commander';
import { BerthError } from '../../core/errors.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import type { ApiClient } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { usageError } from '../exit-codes.js';
import { BACKUP } from '../output/kinds.js';
import { printObjects } from '../output/print.js';
import { wholeNumber } from '../whole-number.js';
import { printValue } from '../output/value.js';
import { beginOperation, type OperationOptions, withOperationOptions } from './begin-operation.js';

const SECOND_MS = 1000;

export function registerBackup(program: Command, context: CliContext): void {
  const backup = program.command('backup').alias('backups').summary('snapshots of hosted clusters');
  for (const add of [addCreate, addList, addGet, addDrill, addSchedule, addDelete]) add(backup, context);
}

interface CreateOptions {
  name?: string;
  description?: string;
  expiresIn?: number;
  wait: boolean;
  timeout: number;
}

const EXAMPLES = `
Examples:
  berth backup create demo --wait
  berth backup create demo --name before-migration --expires-in 30d
  berth cluster restore demo --backup before-migration`;

function addCreate(parent: Command, context: CliContext): void {
  parent
    .command('create <cluster>')
    .summary('back up a cluster')
    .option('--name <name>', 'name of the backup [made from the time]')
    .option('--description <text>', 'what it is for')
    .option('--expires-in <duration>', 'delete it after this long [never]', parseDuration)
    .option('--wait', 'wait until it is stored and read back, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (cluster: string, options: CreateOptions, command: Command) => {
      const api = await connect(context, command);
      const body = requestOf(options);
      const made = await api.call<Backup>(`/api/v1/clusters/${cluster}/backups`, { method: 'POST', body });
      const reporter = context.reporter(command);
      const shown = options.wait
        ? await untilStored(api, made, { reporter, timeoutSeconds: options.timeout })
        : made;
      printObjects(context, command, BACKUP, { objects: [shown], value: shown });
    });
}

function requestOf({ name, description, expiresIn }: CreateOptions): object {
  const expiresAt =
    expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn * SECOND_MS).toISOString();
  return { name, description, expiresAt };
}

/** The backup when it is stored. Throws what followOperation throws. */
async function untilStored(
  api: ApiClient,
  { metadata, spec }: Backup,
  options: Parameters<typeof followOperation>[2],
): Promise<Backup> {
  await followOperation(api, { cluster: spec.cluster, name: `backup-${metadata.name}` }, options);
  return api.call<Backup>(`/api/v1/clusters/${spec.cluster}/backups/${metadata.name}`);
}

function addList(parent: Command, context: CliContext): void {
  parent
    .command('list [cluster]')
    .alias('ls')
    .summary('list the backups of a cluster, or of all')
    .action(async (cluster: string | undefined, _options: object, command: Command) => {
      const api = await connect(context, command);
      const path = cluster === undefined ? '/api/v1/backups' : `/api/v1/clusters/${cluster}/backups`;
      const list = await api.list<Backup>(path);
      printObjects(context, command, BACKUP, { objects: list.items, value: list });
    });
}

function addGet(parent: Command, context: CliContext): void {
  parent
    .command('get <cluster> <backup>')
    .summary('show one backup')
    .action(async (cluster: string, name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const backup = await api.call<Backup>(`/api/v1/clusters/${cluster}/backups/${name}`);
      printObjects(context, command, BACKUP, { objects: [backup], value: backup });
    });
}

function addDelete(parent: Command, context: CliContext): void {
  parent
    .command('delete <cluster> <backup>')
    .summary('delete a backup and what it stored')
    .option('-y, --yes', 'really do it', false)
    .action(async (cluster: string, name: string, { yes }: { yes: boolean }, command: Command) => {
      if (!yes) throw usageError(`Deleting backup "${name}" needs --yes.`, 'It cannot be had back.');
      const api = await connect(context, command);
      const path = `/api/v1/clusters/${cluster}/backups/${name}`;
      const left = await api.call<Backup>(path, { method: 'DELETE', query: { confirm: name } });
      printValue(context, command, left, {
        names: [`backup/${name}`],
        table: () => `backup/${name} is being deleted\n`,
      });
    });
}

interface DrillOptions extends OperationOptions {
  backup?: string;
}

const DRILL_EXAMPLES = `
Examples:
  berth backup drill demo --wait
  berth backup drill demo --backup before-migration --wait
  berth backup schedule demo --drill '0 4 * * 0'        every Sunday

The cluster itself is not touched. The result stands in the operation and in the backup.`;

function addDrill(parent: Command, context: CliContext): void {
  withOperationOptions(parent.command('drill <cluster>'))
    .summary('try a backup out: restore it into a scratch cluster, compare, delete the cluster')
    .option('--backup <name>', 'which backup [the newest]')
    .addHelpText('after', DRILL_EXAMPLES)
    .action(async (cluster: string, options: DrillOptions, command: Command) => {
      const api = await connect(context, command);
      const { backup, reason } = options;
      await beginOperation(
        { context, command, api },
        { cluster, path: 'drill', body: { backup, reason } },
        options,
      );
    });
}

interface ScheduleOptions {
  at?: string;
  keep?: number;
  timeZone?: string;
  drill?: string;
  off: boolean;
}

const SCHEDULE_EXAMPLES = `
Examples:
  berth backup schedule demo --at '0 2 * * *' --keep 14 --time-zone Europe/Paris
  berth backup schedule demo --drill '0 4 * * 0'
  berth backup schedule demo --off`;

function addSchedule(parent: Command, context: CliContext): void {
  parent
    .command('schedule <cluster>')
    .summary('when backups are made and tried out')
    .option('--at <cron>', 'when to back up: minute hour day-of-month month day-of-week')
    .option('--keep <count>', 'scheduled backups kept', wholeNumber())
    .option('--time-zone <zone>', 'of the schedules [UTC]')
    .option('--drill <cron>', 'when to try the newest backup out')
    .option('--off', 'no backups and no drills by themselves', false)
    .addHelpText('after', SCHEDULE_EXAMPLES)
    .action(async (cluster: string, options: ScheduleOptions, command: Command) => {
      const api = await connect(context, command);
      const { at: schedule, keep, timeZone, drill: drillSchedule, off } = options;
      const asked = { schedule, keep, timeZone, drillSchedule };
      const body = { spec: { backup: off ? null : asked } };
      const changed = await api.call<Cluster>(`/api/v1/clusters/${cluster}`, { method: 'PATCH', body });
      const { backup } = changed.spec;
      const told = Object.entries(backup ?? {}).map(([key, value]) => `  ${key}: ${String(value)}\n`);
      printValue(context, command, changed, {
        names: [`cluster/${cluster}`],
        table: () => `cluster/${cluster}${backup ? '' : ': no schedule'}\n${told.join('')}`,
      });
    });
}

/** The newest backup of a cluster that holds a snapshot. Throws BackupNotFound. */
export async function newestBackup(api: ApiClient, cluster: string): Promise<Backup> {
  const { items } = await api.list<Backup>(`/api/v1/clusters/${cluster}/backups`);
  const newest = items
    .filter(({ status }) => status?.state === 'Succeeded')
    .toSorted((a, b) => (b.status?.startedAt ?? '').localeCompare(a.status?.startedAt ?? ''))[0];
  if (newest) return newest;
  throw new BerthError('BackupNotFound', `Cluster "${cluster}" has no backup.`, {
    status: 404,
    next: `Make one: berth backup create ${cluster} --wait.`,
  });
}
