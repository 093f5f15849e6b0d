/** How far the upgrade of a fleet is, and what it does next. Pure. */
import { BerthError } from '../../core/errors.js';
import type { Cluster } from '../../model/cluster.js';
import type { FleetTarget, FleetUpgradeSpec, FleetUpgradeStatus } from '../../model/fleet-upgrade.js';
import { progressOf, roomFor } from '../../operations/targets.js';
import { chosenClusters, inWaves } from './waves.js';
import { nextOpening } from './windows.js';

type Phase = FleetTarget['phase'];

const UNDER_WAY: ReadonlySet<Phase> = new Set(['Upgrading', 'TakingBack']);
const CHANGED: ReadonlySet<Phase> = new Set(['Done', 'Failed']);

export const isUnderWay = ({ phase }: FleetTarget): boolean => UNDER_WAY.has(phase);
const isOpen = (target: FleetTarget): boolean => target.phase === 'Pending' || isUnderWay(target);

/** Throws InvalidParameter (400) for a selector that is none. */
export function startStatus(
  spec: FleetUpgradeSpec,
  clusters: readonly Cluster[],
  now: Date,
): FleetUpgradeStatus {
  const targets = inWaves(chosenClusters(spec, clusters), spec.strategy.waves);
  const waves = targets.at(-1)?.wave ?? 0;
  const status = { progress: '', failed: 0, wave: 1, waves, startedAt: now.toISOString(), targets };
  return summarised(spec, { ...status, phase: 'Running' });
}

/** Nothing more will happen to it. */
export function isOver({ phase }: FleetUpgradeStatus): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Aborted';
}

export interface Due {
  /** Clusters to begin with now. */
  targets: FleetTarget[];
  /** When more may be due. */
  nextAt?: Date;
  /** Why none is. */
  message?: string;
}

/** Clusters of the present wave whose windows are open, as many as there is room for. */
export function dueTargets(
  spec: FleetUpgradeSpec,
  status: FleetUpgradeStatus,
  clusterOf: (name: string) => Cluster | undefined,
  now: Date,
): Due {
  const beginsAt = waveBegins(spec, status);
  if (beginsAt > now) {
    const message = `wave ${status.wave} begins at ${beginsAt.toISOString()}`;
    return { targets: [], nextAt: beginsAt, message };
  }
  const waiting = status.targets.filter(({ phase, wave }) => phase === 'Pending' && wave === status.wave);
  const openings = waiting.map((target) => ({ target, at: opensAt(spec, clusterOf(target.cluster), now) }));
  const open = openings.filter(({ at }) => at?.getTime() === now.getTime()).map(({ target }) => target);
  const underWay = status.targets.filter(isUnderWay).length;
  const targets = open.slice(0, roomFor(spec.strategy, { underWay, failed: status.failed }));
  if (open.length > 0 || waiting.length === 0) return { targets };
  return { targets, ...closed(openings.flatMap(({ at }) => at ?? [])) };
}

function closed(openings: readonly Date[]): Omit<Due, 'targets'> {
  if (openings.length === 0) return { message: 'no maintenance window will ever open' };
  const nextAt = new Date(Math.min(...openings.map((at) => at.getTime())));
  return { nextAt, message: `the next maintenance window opens at ${nextAt.toISOString()}` };
}

/** A window that cannot be read never opens: it holds up its own cluster, not the fleet. */
function opensAt(spec: FleetUpgradeSpec, cluster: Cluster | undefined, now: Date): Date | undefined {
  const own = spec.ignoreClusterWindows ? undefined : cluster?.spec.maintenance;
  const policies = [spec.maintenance, own].filter((policy) => policy !== undefined);
  try {
    return nextOpening(policies, now);
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}

/** A wave is watched for a while before the next one; one in which nothing was changed is not. */
function waveBegins({ strategy }: FleetUpgradeSpec, { targets, wave }: FleetUpgradeStatus): Date {
  const ends = targets
    .filter((target) => target.wave < wave && CHANGED.has(target.phase))
    .map(({ finishedAt = '' }) => Date.parse(finishedAt));
  return new Date(ends.length === 0 ? 0 : Math.max(...ends) + strategy.betweenWavesSeconds * 1000);
}

/** The status with its counts, its wave and its phase. */
export function summarised(spec: FleetUpgradeSpec, status: FleetUpgradeStatus): FleetUpgradeStatus {
  const { targets, waves } = status;
  const failed = targets.filter(({ phase }) => phase === 'Failed').length;
  const wave = targets.find(isOpen)?.wave ?? waves;
  const progress = progressOf(targets, (target) => !isOpen(target));
  return { ...status, progress, failed, wave, phase: phaseOf(spec, targets, failed) };
}

function phaseOf(
  { command, strategy }: FleetUpgradeSpec,
  targets: readonly FleetTarget[],
  failed: number,
): FleetUpgradeStatus['phase'] {
  const hasUnderWay = targets.some(isUnderWay);
  if (!targets.some(isOpen)) return failed > 0 ? 'Failed' : 'Succeeded';
  if (command === 'Abort') return hasUnderWay ? 'Aborting' : 'Aborted';
  if (hasUnderWay) return 'Running';
  if (command === 'Pause') return 'Paused';
  return failed >= strategy.stopAfterFailures ? 'Stopped' : 'Running';
}
