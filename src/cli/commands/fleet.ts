import { type Command, Option } from 'commander';
import { BerthError } from '../../core/errors.js';
import type { FleetCommand, FleetTarget, FleetUpgrade, FleetWave } from '../../model/fleet-upgrade.js';
import type { ApiClient } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { FLEET_UPGRADE } from '../output/kinds.js';
import { outputFormat, printObjects } from '../output/print.js';
import { table } from '../output/table.js';
import { wholeNumber } from '../whole-number.js';

interface UpgradeOptions {
  to: string;
  name?: string;
  selector?: string;
  tenant?: string[];
  wave?: string[];
  betweenWaves?: number;
  maxInFlight?: number;
  stopAfter?: number;
  soak?: number;
  deadline?: number;
  skipGate?: string[];
  ignoreClusterWindows: boolean;
  reason?: string;
  dryRun: boolean;
  wait: boolean;
  timeout: number;
}

const PATH = '/api/v1/fleet-upgrades';
/** Fleets are upgraded in nights and weeks; whoever waits says how long. */
const FLEET_WAIT_SECONDS = 24 * 3600;

const EXAMPLES = `
Examples:
  berth fleet upgrade --to 1.37.0 --selector stage=prod --dry-run      which clusters, in which waves
  berth fleet upgrade --to 1.37.0 --wave tier=canary --wave 10% --wave 50% --between-waves 24h --soak 4h
  berth fleet upgrade --to 1.36.3 --max-in-flight 20 --stop-after 3 --wait

A wave is a label selector or a share of all clusters, those of earlier waves counted; what is left makes the last
one. Clusters begin in their maintenance windows (spec.maintenance).`;

const DEFINITE: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Aborted', 'Stopped', 'Paused']);

export function registerFleet(program: Command, context: CliContext): void {
  const fleet = program.command('fleet').summary('upgrading many clusters');
  addUpgrade(fleet, context);
  addShow(fleet, context);
  addWatch(fleet, context);
  addOrder(fleet, context, 'pause', 'Pause', 'begin no more clusters');
  addResume(fleet, context);
  addOrder(fleet, context, 'abort', 'Abort', 'begin no more clusters, for good');
}

function addUpgrade(parent: Command, context: CliContext): void {
  parent
    .command('upgrade')
    .summary('take many clusters to a newer version')
    .requiredOption('--to <version>', 'Kubernetes version, at most one minor above')
    .option('--name <name>', 'name of the fleet upgrade [made up]')
    .option('-l, --selector <selector>', 'only clusters whose labels match [all]')
    .option('--tenant <tenant...>', 'only clusters of these tenants')
    .option('--wave <wave...>', 'a label selector, or a share such as 10%')
    .option('--between-waves <duration>', 'time to watch a wave before the next one', parseDuration)
    .option('--max-in-flight <count>', 'clusters at once [10]', wholeNumber())
    .option('--stop-after <count>', 'failed clusters that stop it [1]', wholeNumber())
    .option('--soak <duration>', 'how long each acts as the old minor [1h]', parseDuration)
    .option('--deadline <duration>', 'roll back masters that are not ready by then [10m]', parseDuration)
    .addOption(new Option('--skip-gate <name...>', 'go on although this gate is shut'))
    .option('--ignore-cluster-windows', "for what cannot wait for the clusters' own windows", false)
    .option('--reason <text>', 'why, for the record')
    .option('--dry-run', 'show the clusters and their waves, change nothing', false)
    .option('--wait', 'wait until it is over or stopped', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, FLEET_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (options: UpgradeOptions, command: Command) => {
      const api = await connect(context, command);
      const made = await api.call<FleetUpgrade>(PATH, { method: 'POST', body: requestOf(options) });
      const { dryRun, wait, timeout } = options;
      show(context, command, wait && !dryRun ? await follow(api, context, made, timeout) : made);
    });
}

function requestOf(options: UpgradeOptions): object {
  const { to: version, tenant: tenants, soak, deadline, skipGate: skipGates, wave, ...rest } = options;
  const { name, selector, ignoreClusterWindows, reason, dryRun } = rest;
  const upgrade = { soakSeconds: soak, progressDeadlineSeconds: deadline, skipGates };
  const strategy = {
    waves: wave?.map(waveOf),
    betweenWavesSeconds: rest.betweenWaves,
    maxInFlight: rest.maxInFlight,
    stopAfterFailures: rest.stopAfter,
  };
  return { name, version, selector, tenants, upgrade, strategy, ignoreClusterWindows, reason, dryRun };
}

function waveOf(text: string): FleetWave {
  const [, percent] = /^(\d+)%$/.exec(text) ?? [];
  return percent === undefined ? { selector: text } : { percent: Number(percent) };
}

function addShow(parent: Command, context: CliContext): void {
  parent
    .command('list')
    .alias('ls')
    .summary('list upgrades of the fleet')
    .action(async (_options: object, command: Command) => {
      const api = await connect(context, command);
      const list = await api.list<FleetUpgrade>(PATH);
      printObjects(context, command, FLEET_UPGRADE, { objects: list.items, value: list });
    });
  parent
    .command('get <fleet>')
    .alias('status')
    .summary('show an upgrade of the fleet and what became of each cluster')
    .action(async (name: string, _options: object, command: Command) => {
      const api = await connect(context, command);
      show(context, command, await api.call<FleetUpgrade>(`${PATH}/${name}`));
    });
}

function addWatch(parent: Command, context: CliContext): void {
  parent
    .command('watch <fleet>')
    .summary('follow an upgrade of the fleet until it is over or stopped')
    .option('--timeout <duration>', 'longest wait', parseDuration, FLEET_WAIT_SECONDS)
    .action(async (name: string, { timeout }: { timeout: number }, command: Command) => {
      const api = await connect(context, command);
      const live = await api.call<FleetUpgrade>(`${PATH}/${name}`);
      show(context, command, await follow(api, context, live, timeout));
    });
}

function addOrder(
  parent: Command,
  context: CliContext,
  word: string,
  order: FleetCommand,
  summary: string,
): void {
  parent
    .command(`${word} <fleet>`)
    .summary(summary)
    .action(async (name: string, _options: object, command: Command) => {
      await tell(context, command, name, { command: order });
    });
}

function addResume(parent: Command, context: CliContext): void {
  parent
    .command('resume <fleet>')
    .summary('go on with a paused or stopped one')
    .option('--stop-after <count>', 'failed clusters that stop it, those that failed counted', wholeNumber())
    .action(async (name: string, { stopAfter }: { stopAfter?: number }, command: Command) => {
      await tell(context, command, name, { command: 'Run', stopAfterFailures: stopAfter });
    });
}

async function tell(context: CliContext, command: Command, name: string, body: object): Promise<void> {
  const api = await connect(context, command);
  const fleet = await api.call<FleetUpgrade>(`${PATH}/${name}`, { method: 'PATCH', body });
  printObjects(context, command, FLEET_UPGRADE, { objects: [fleet], value: fleet });
}

/** Tells what becomes of the clusters. Throws FleetUpgradeFailed unless all went well, and WaitTimeout. */
async function follow(
  api: ApiClient,
  { err }: CliContext,
  { metadata }: FleetUpgrade,
  timeoutSeconds: number,
): Promise<FleetUpgrade> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const told = new Map<string, string>();
  try {
    for await (const event of api.watch<FleetUpgrade>(`${PATH}/${metadata.name}`, { signal })) {
      if (!('object' in event)) continue;
      for (const target of event.object.status?.targets ?? []) tellOnce(err, told, target);
      if (DEFINITE.has(event.object.status?.phase ?? '')) return succeeded(event.object);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new BerthError(
    'WaitTimeout',
    `Fleet upgrade "${metadata.name}" is not over after ${timeoutSeconds} s.`,
    {
      next: `It goes on without us: berth fleet watch ${metadata.name}.`,
    },
  );
}

function tellOnce(err: CliContext['err'], told: Map<string, string>, target: FleetTarget): void {
  const { cluster, phase, wave, message } = target;
  const line = `wave ${wave}  ${cluster}  ${phase}${message === undefined ? '' : `  ${message}`}\n`;
  if (phase === 'Pending' || told.get(cluster) === line) return;
  told.set(cluster, line);
  err.write(line);
}

function succeeded(fleet: FleetUpgrade): FleetUpgrade {
  const { phase, failed, message } = fleet.status ?? {};
  if (phase === 'Succeeded') return fleet;
  const { name } = fleet.metadata;
  const why = message ?? `${failed} clusters failed`;
  throw new BerthError('FleetUpgradeFailed', `Fleet upgrade "${name}" is ${phase}: ${why}.`, {
    next: `See what became of each cluster: berth fleet get ${name}.`,
  });
}

function show(context: CliContext, command: Command, fleet: FleetUpgrade): void {
  printObjects(context, command, FLEET_UPGRADE, { objects: [fleet], value: fleet });
  if (!['table', 'wide'].includes(outputFormat(command))) return;
  const rows = (fleet.status?.targets ?? []).map(({ cluster, wave, phase, from = '', message = '' }) => [
    String(wave),
    cluster,
    phase,
    from,
    message,
  ]);
  context.out.write(`\n${table(['WAVE', 'CLUSTER', 'PHASE', 'FROM', 'MESSAGE'], rows)}`);
}
