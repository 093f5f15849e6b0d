import type { Command } from 'commander';
import type { Rollout, RolloutCommand } from '../../model/rollout.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { ROLLOUT } from '../output/kinds.js';
import { outputFormat, printObjects } from '../output/print.js';
import { table } from '../output/table.js';
import { wholeNumber } from '../whole-number.js';
import { parseVersion } from './apps-common.js';

interface StartOptions {
  tenant: string;
  name?: string;
  app?: string;
  selector?: string;
  service?: string[];
  templateVersion?: number;
  configVersion?: number;
  conflicts: string;
  maxInFlight?: number;
  stopAfter?: number;
  offline?: string;
  reason?: string;
}

const EXAMPLES = `
Examples:
  berth rollout start --app shop --config-version 7 --max-in-flight 20 --stop-after 3
  berth rollout start --app shop --selector stage=prod --service web`;

const pathOf = (tenant: string, name?: string) =>
  ['/api/v1/tenants', tenant, 'rollouts', name].filter((part) => part !== undefined).join('/');

export function registerRollout(program: Command, context: CliContext): void {
  const rollout = program.command('rollout').alias('rollouts').summary('publishing to many instances');
  addStart(rollout, context);
  addShow(rollout, context);
  addCommand(rollout, context, 'pause', 'Pause', 'begin no more instances');
  addCommand(rollout, context, 'resume', 'Run', 'go on with a paused rollout');
  addCommand(rollout, context, 'abort', 'Abort', 'begin no more instances, for good');
  addCommand(rollout, context, 'rollback', 'RollBack', 'bring back what was published before, everywhere');
}

function addStart(parent: Command, context: CliContext): void {
  parent
    .command('start')
    .summary('publish to many instances')
    .option('--tenant <tenant>', 'whose instances', 'default')
    .option('--name <name>', 'name of the rollout [made up]')
    .option('--app <application>', 'all instances of this application')
    .option('-l, --selector <selector>', 'only instances whose labels match')
    .option('--service <service...>', 'only these services')
    .option('--template-version <version>', 'move the instances to it', parseVersion)
    .option('--config-version <version>', 'move the instances to it', parseVersion)
    .option('--conflicts <policy>', 'fields that others have set: refuse, take or leave', 'refuse')
    .option('--max-in-flight <count>', 'instances at once [10]', wholeNumber())
    .option('--stop-after <count>', 'failed instances that end it [1]', wholeNumber())
    .option('--offline <policy>', 'clusters that do not answer: Skip or Wait [Skip]')
    .option('--reason <text>', 'why, for the record')
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions, command: Command) => {
      const api = await connect(context, command);
      const {
        tenant,
        app: application,
        selector,
        service,
        maxInFlight,
        stopAfter,
        offline,
        ...rest
      } = options;
      const strategy = { maxInFlight, stopAfterFailures: stopAfter, offline };
      const body = { ...rest, application, labelSelector: selector, services: service, strategy };
      const rollout = await api.call<Rollout>(pathOf(tenant), { method: 'POST', body });
      printObjects(context, command, ROLLOUT, { objects: [rollout], value: rollout });
    });
}

function addShow(parent: Command, context: CliContext): void {
  parent
    .command('list')
    .alias('ls')
    .summary('list rollouts')
    .option('--tenant <tenant>', 'whose', 'default')
    .action(async ({ tenant }: { tenant: string }, command: Command) => {
      const api = await connect(context, command);
      const list = await api.list<Rollout>(pathOf(tenant));
      printObjects(context, command, ROLLOUT, { objects: list.items, value: list });
    });
  parent
    .command('get <rollout>')
    .alias('status')
    .summary('show a rollout and what became of each instance')
    .option('--tenant <tenant>', 'whose', 'default')
    .action(async (name: string, { tenant }: { tenant: string }, command: Command) => {
      const api = await connect(context, command);
      const rollout = await api.call<Rollout>(pathOf(tenant, name));
      printObjects(context, command, ROLLOUT, { objects: [rollout], value: rollout });
      if (['table', 'wide'].includes(outputFormat(command))) context.out.write(`\n${targetTable(rollout)}`);
    });
}

function addCommand(
  parent: Command,
  context: CliContext,
  word: string,
  order: RolloutCommand,
  summary: string,
): void {
  parent
    .command(`${word} <rollout>`)
    .summary(summary)
    .option('--tenant <tenant>', 'whose', 'default')
    .action(async (name: string, { tenant }: { tenant: string }, command: Command) => {
      const api = await connect(context, command);
      const call = { method: 'PATCH', body: { command: order } } as const;
      const rollout = await api.call<Rollout>(pathOf(tenant, name), call);
      printObjects(context, command, ROLLOUT, { objects: [rollout], value: rollout });
    });
}

function targetTable({ status }: Rollout): string {
  const rows = (status?.targets ?? []).map(({ cluster, instance, phase, message = '' }) => [
    cluster,
    instance,
    phase,
    message,
  ]);
  return table(['CLUSTER', 'INSTANCE', 'PHASE', 'MESSAGE'], rows);
}
