import type { Command } from 'commander';
import type { RolloutImpact } from '../../http/apps/rollout-schemas.js';
import type { Rollout, RolloutCommand } from '../../model/rollout.js';
import { connect } from '../api/connection.js';
import { DEFAULT_WAIT_SECONDS } from '../api/operation-progress.js';
import { followRollout } from '../api/rollout-progress.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { ROLLOUT } from '../output/kinds.js';
import { outputFormat, printObjects } from '../output/print.js';
import { table } from '../output/table.js';
import { printValue } from '../output/value.js';
import { wholeNumber } from '../whole-number.js';
import { parseVersion } from './apps-common.js';
import { servicesText } from './instance/compare.js';

interface TargetOptions {
  tenant: string;
  app?: string;
  selector?: string;
  service?: string[];
  templateVersion?: number;
  configVersion?: number;
}

interface WaitOptions {
  tenant: string;
  timeout: number;
}

interface StartOptions extends TargetOptions, WaitOptions {
  wait?: boolean;
  name?: string;
  conflicts: string;
  maxInFlight?: number;
  stopAfter?: number;
  offline?: string;
  reason?: string;
}

const EXAMPLES = `
Examples:
  berth rollout impact --app shop --config-version 7 --check
  berth rollout start --app shop --config-version 7 --max-in-flight 20 --stop-after 3
  berth rollout start --app shop --selector stage=prod --service web`;

/** Names of instances to which the same happens that are shown. */
const MAX_NAMES = 5;

const pathOf = (tenant: string, name?: string) =>
  ['/api/v1/tenants', tenant, 'rollouts', name].filter((part) => part !== undefined).join('/');

export function registerRollout(program: Command, context: CliContext): void {
  const rollout = program.command('rollout').alias('rollouts').summary('publishing to many instances');
  addImpact(rollout, context);
  addStart(rollout, context);
  addWatch(rollout, context);
  addShow(rollout, context);
  addCommand(rollout, context, 'pause', 'Pause', 'begin no more instances');
  addCommand(rollout, context, 'resume', 'Run', 'go on with a paused rollout');
  addCommand(rollout, context, 'abort', 'Abort', 'begin no more instances, for good');
  addCommand(rollout, context, 'rollback', 'RollBack', 'bring back what was published before, everywhere');
}

function withTargets(command: Command): Command {
  return command
    .option('--tenant <tenant>', 'whose instances', 'default')
    .option('--app <application>', 'all instances of this application')
    .option('-l, --selector <selector>', 'only instances whose labels match')
    .option('--service <service...>', 'only these services')
    .option('--template-version <version>', 'move the instances to it', parseVersion)
    .option('--config-version <version>', 'move the instances to it', parseVersion);
}

function targetsOf({ app, selector, service, templateVersion, configVersion }: TargetOptions) {
  return { application: app, labelSelector: selector, services: service, templateVersion, configVersion };
}

function addImpact(parent: Command, context: CliContext): void {
  withTargets(
    parent.command('impact').summary('tell what a rollout would change, restart, reload and remove'),
  )
    .option('--check', 'ask every cluster whether it would take it: quota, admission, conflicts', false)
    .addHelpText('after', EXAMPLES)
    .action(async ({ check, ...options }: TargetOptions & { check: boolean }, command: Command) => {
      const api = await connect(context, command);
      const body = { ...targetsOf(options), check };
      const impact = await api.call<RolloutImpact>(`${pathOf(options.tenant)}/impact`, {
        method: 'POST',
        body,
      });
      printValue(context, command, impact, {
        names: impact.items.map(({ cluster, instance }) => `${cluster}/${instance}`),
        table: () => impactText(impact),
      });
    });
}

type ImpactItem = RolloutImpact['items'][number];

/** Instances to which the same happens are told of together. */
function impactText({ items, unchanged }: RolloutImpact): string {
  const groups = [...Map.groupBy(items, (item) => itemText(anyOf(item))).values()].map((group) => {
    const [first] = group;
    return first ? `${namesOf(group)}:\n${itemText(group.length > 1 ? anyOf(first) : first)}` : '';
  });
  return `${groups.join('')}Changed: ${items.length}. Unchanged: ${unchanged}.\n`;
}

function itemText({ services, refused }: ImpactItem): string {
  const text = refused ? `REFUSED: ${refused.message}\n` : servicesText(services);
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** The same without the name of the instance, which begins those of the objects that Berth adds to it. */
function anyOf(item: ImpactItem): ImpactItem {
  const nameless = ({ name, ...object }: ImpactItem['services'][number]['objects'][number]) => ({
    ...object,
    name: name.startsWith(`${item.instance}-`) ? `INSTANCE${name.slice(item.instance.length)}` : name,
  });
  const services = item.services.map((one) => ({ ...one, objects: one.objects.map(nameless) }));
  return { ...item, services };
}

function namesOf(group: readonly ImpactItem[]): string {
  const names = group.slice(0, MAX_NAMES).map(({ cluster, instance }) => `${cluster}/${instance}`);
  const more = group.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function addStart(parent: Command, context: CliContext): void {
  withTargets(parent.command('start').summary('publish to many instances'))
    .option('--name <name>', 'name of the rollout [made up]')
    .option('--conflicts <policy>', 'fields that others have set: refuse, take or leave', 'refuse')
    .option('--max-in-flight <count>', 'instances at once [10]', wholeNumber())
    .option('--stop-after <count>', 'failed instances that end it [1]', wholeNumber())
    .option('--offline <policy>', 'clusters that do not answer: Skip or Wait [Skip]')
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'wait until it has ended')
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (options: StartOptions, command: Command) => {
      const api = await connect(context, command);
      const { name, conflicts, reason, maxInFlight, stopAfter, offline } = options;
      const strategy = { maxInFlight, stopAfterFailures: stopAfter, offline };
      const body = { ...targetsOf(options), name, conflicts, reason, strategy };
      const made = await api.call<Rollout>(pathOf(options.tenant), { method: 'POST', body });
      const rollout = options.wait ? await follow(context, command, made.metadata.name, options) : made;
      printObjects(context, command, ROLLOUT, { objects: [rollout], value: rollout });
    });
}

function addWatch(parent: Command, context: CliContext): void {
  parent
    .command('watch <rollout>')
    .summary('show how far a rollout is until it ends')
    .option('--tenant <tenant>', 'whose', 'default')
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .action(async (name: string, options: WaitOptions, command: Command) => {
      const rollout = await follow(context, command, name, options);
      printObjects(context, command, ROLLOUT, { objects: [rollout], value: rollout });
    });
}

async function follow(
  context: CliContext,
  command: Command,
  name: string,
  { tenant, timeout }: WaitOptions,
): Promise<Rollout> {
  const api = await connect(context, command);
  const reporter = context.reporter(command);
  return followRollout(api, pathOf(tenant, name), { reporter, timeoutSeconds: timeout });
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
