import { type Command, Option } from 'commander';
import type { Cluster } from '../../../model/cluster.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { followOperation } from '../../api/operation-progress.js';
import { confirmByName } from '../../confirmation.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { wholeNumber } from '../../whole-number.js';
import { printValue } from '../../output/value.js';

/** An upgrade may soak for days; whoever waits for it says how long. */
const UPGRADE_WAIT_SECONDS = 3600;

interface VersionChange {
  cluster: string;
  from: string;
  to: string;
  stages: { kubernetesVersion: string; actsAs?: string }[];
  obstacles: { gate: string; message: string; next: string }[];
  started: boolean;
  restore?: { backup: string; takenAt: string; loss: string };
}

interface ChangeOptions {
  to?: string;
  soak?: number;
  manual?: boolean;
  deadline?: number;
  maxErrors?: number;
  skipGate?: string[];
  restore?: boolean;
  yes?: boolean;
  dryRun: boolean;
  wait: boolean;
  timeout: number;
}

const UPGRADE_EXAMPLES = `
Examples:
  berth cluster upgrade demo --to 1.37.0 --dry-run      which gates are shut, and the stages
  berth cluster upgrade demo --to 1.37.0 --soak 1h --wait
  berth cluster upgrade demo --to 1.37.0 --manual       soaks until: berth cluster finalize demo

The new binaries first act as the old minor. As long as they do, berth cluster rollback touches no data.`;

const ROLLBACK_EXAMPLES = `
Examples:
  berth cluster rollback demo --wait
  berth cluster rollback demo --to 1.36.3 --dry-run
  berth cluster rollback demo --restore       with the data of before the upgrade; asks for the name once more`;

export function addUpgrade(parent: Command, context: CliContext): void {
  changeCommand(parent, context, 'upgrade')
    .summary('take the masters to a newer version, with a way back')
    .requiredOption('--to <version>', 'Kubernetes version, at most one minor above')
    .option('--soak <duration>', 'how long to act as the old minor [1h]', parseDuration)
    .option('--manual', 'soak until finalised by hand')
    .option('--deadline <duration>', 'roll back masters that are not ready by then [10m]', parseDuration)
    .option(
      '--max-errors <percent>',
      'roll back when more of what Berth reads fails in a minute [50]',
      wholeNumber(1, 100),
    )
    .addHelpText('after', UPGRADE_EXAMPLES);
}

export function addRollback(parent: Command, context: CliContext): void {
  changeCommand(parent, context, 'rollback')
    .summary('take the masters back to the version before')
    .option('--to <version>', 'an older version [what ran before]')
    .option('--restore', 'with the data of before the upgrade; what was written since is lost')
    .option('-y, --yes', 'with --restore: do not ask', false)
    .addHelpText('after', ROLLBACK_EXAMPLES);
}

export function addFinalize(parent: Command, context: CliContext): void {
  parent
    .command('finalize <cluster>')
    .summary('end the soak of an upgrade')
    .action(async (name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      const cluster = await api.call<Cluster>(`/api/v1/clusters/${name}/finalize`, { method: 'POST' });
      printValue(context, command, cluster, {
        names: [`cluster/${name}`],
        table: () => `cluster/${name} is being finalised at ${cluster.spec.version}\n`,
      });
    });
}

function changeCommand(parent: Command, context: CliContext, verb: 'upgrade' | 'rollback'): Command {
  return parent
    .command(`${verb} <cluster>`)
    .addOption(new Option('--skip-gate <name...>', 'go on although this gate is shut'))
    .option('--dry-run', 'show the stages and the gates that are shut, change nothing', false)
    .option('--wait', 'wait until it is over, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, UPGRADE_WAIT_SECONDS)
    .action(async (name: string, options: ChangeOptions, command: Command) => {
      const api = await connect(context, command);
      if (options.restore && !options.dryRun && !options.yes) await confirm(api, context, name, options);
      const change = await request(api, verb, name, options);
      if (change.started && options.wait) await follow(api, context, command, change, options);
      printValue(context, command, change, {
        names: [`cluster/${name}`],
        table: () => told(verb, change, options),
      });
    });
}

function request(
  api: ApiClient,
  verb: string,
  name: string,
  { to: version, soak, manual, deadline, maxErrors, skipGate: skipGates, restore, dryRun }: ChangeOptions,
): Promise<VersionChange> {
  const body = {
    version,
    dryRun,
    skipGates,
    soakSeconds: soak,
    progressDeadlineSeconds: deadline,
    maxErrorPercent: maxErrors,
    finalize: manual ? 'Manual' : undefined,
    restore,
    confirm: restore && !dryRun ? name : undefined,
  };
  return api.call<VersionChange>(`/api/v1/clusters/${name}/${verb}`, { method: 'POST', body });
}

/** Says what is lost and has a person type the name. */
async function confirm(
  api: ApiClient,
  context: CliContext,
  name: string,
  options: ChangeOptions,
): Promise<void> {
  const { restore } = await request(api, 'rollback', name, { ...options, dryRun: true });
  const loss = restore?.loss ?? '';
  await confirmByName(context, { name, loss, verb: 'roll back', participle: 'rolled back' });
}

/** The operation is the newest with this goal: the reconciler makes it a moment after the request. */
async function follow(
  api: ApiClient,
  context: CliContext,
  command: Command,
  { cluster, to }: VersionChange,
  { timeout }: ChangeOptions,
): Promise<void> {
  const { metadata } = await api.call<Cluster>(`/api/v1/clusters/${cluster}`);
  const reporter = context.reporter(command);
  const target = { cluster, version: to, generation: metadata.generation };
  await followOperation(api, target, { reporter, timeoutSeconds: timeout });
}

function told(
  verb: string,
  { cluster, from, to, stages, obstacles, started, restore }: VersionChange,
  options: ChangeOptions,
): string {
  const way = stages.map(
    ({ kubernetesVersion, actsAs }) => kubernetesVersion + (actsAs ? ` acting as ${actsAs}` : ''),
  );
  if (started) {
    return options.wait
      ? `cluster/${cluster} is at ${to}\n`
      : `cluster/${cluster} goes from ${from} to ${to}: berth operation watch ${cluster}\n`;
  }
  const shut = obstacles.map(({ gate, message, next }) => `  ${gate}: ${message}. ${next}\n`);
  const gates = shut.length === 0 ? 'All gates are open.\n' : `Gates that are shut:\n${shut.join('')}`;
  const loss = restore ? `${restore.loss} It goes back to backup ${restore.backup}.\n` : '';
  return `${verb} of ${cluster} from ${from}:\n${way.map((stage) => `  -> ${stage}\n`).join('')}${loss}${gates}`;
}
