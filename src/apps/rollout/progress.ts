/** How far a rollout is and what it does next. Pure. */
import type { Instance, ServiceStatus } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import { progressOf, roomFor } from '../../operations/targets.js';
import type { RolloutSpec, RolloutStatus, RolloutTarget } from '../../model/rollout.js';

const OPEN: ReadonlySet<RolloutTarget['phase']> = new Set(['Pending', 'Publishing']);

export function startStatus(spec: RolloutSpec, now: Date): RolloutStatus {
  const targets = spec.targets.map((ref): RolloutTarget => ({ ...ref, phase: 'Pending' }));
  return summarised({ phase: 'Running', progress: '', failed: 0, startedAt: now.toISOString(), targets });
}

/** Targets to begin now: as many as may be under way, none once too many have failed. */
export function dueTargets({ strategy }: RolloutSpec, { targets, failed }: RolloutStatus): RolloutTarget[] {
  const underWay = targets.filter(({ phase }) => phase === 'Publishing').length;
  const room = roomFor(strategy, { underWay, failed });
  return targets.filter(({ phase }) => phase === 'Pending').slice(0, room);
}

export interface TargetEvidence {
  instance: Instance | undefined;
  releases: ReadonlyMap<string, readonly Release[]>;
  awaitDeployed: boolean;
}

/** A target that is being published, as it is now. */
export function advanced(target: RolloutTarget, evidence: TargetEvidence): RolloutTarget {
  if (!evidence.instance) return { ...target, phase: 'Failed', message: 'the instance is gone' };
  const services = Object.entries(target.releases ?? {}).map(([service, revision]) => ({
    service,
    ...serviceProgress(service, revision, evidence),
  }));
  // Before those that are open: they may wait for the one that failed.
  const failed = services.find(({ state }) => state === 'failed');
  if (failed)
    return { ...target, phase: 'Failed', message: `${failed.service}: ${failed.message ?? 'failed'}` };
  return services.some(({ state }) => state === 'open') ? target : { ...target, phase: 'Done' };
}

/** A target that could not be taken back, for a person to look at: it is not tried again. */
export function stuck({ before: _before, ...target }: RolloutTarget, message = 'failed'): RolloutTarget {
  return { ...target, phase: 'Failed', message: `not taken back: ${message}` };
}

interface Progress {
  state: 'done' | 'open' | 'failed';
  message?: string;
}

function serviceProgress(service: string, revision: number, evidence: TargetEvidence): Progress {
  const { instance, releases, awaitDeployed } = evidence;
  const release = releases.get(service)?.find(({ spec }) => spec.revision === revision);
  if (release?.status?.phase === 'Failed') return { state: 'failed', message: release.status.message };
  if (release?.status?.phase !== 'Published') return { state: 'open' };
  return awaitDeployed ? running(revision, instance?.status?.services?.[service]) : { state: 'done' };
}

function running(revision: number, status: ServiceStatus | undefined): Progress {
  if (status?.revision === undefined || status.revision < revision) return { state: 'open' };
  // A newer release has taken over.
  if (status.revision > revision) return { state: 'done' };
  const { state, message = state } = status;
  if (state === 'Failed' || state === 'Degraded') return { state: 'failed', message };
  return { state: state === 'Deployed' ? 'done' : 'open' };
}

/** The status with its counts, and with its end when nothing is left to do. */
export function summarised(status: RolloutStatus): RolloutStatus {
  const { targets } = status;
  const progress = progressOf(targets, ({ phase }) => !OPEN.has(phase) && phase !== 'RollingBack');
  const failed = targets.filter(({ phase }) => phase === 'Failed').length;
  return { ...status, progress, failed };
}

/** The phase a rollout is in, from what it shall do and what its targets are. */
export function phaseOf({ command, strategy }: RolloutSpec, status: RolloutStatus): RolloutStatus['phase'] {
  const { targets, failed } = status;
  const isUnderWay = targets.some(({ phase }) => phase === 'Publishing' || phase === 'RollingBack');
  if (command === 'RollBack') return isUnderWay || targets.some(canGoBack) ? 'RollingBack' : 'RolledBack';
  if (command === 'Abort') return 'Aborted';
  if (!targets.some(({ phase }) => OPEN.has(phase))) return failed > 0 ? 'Stopped' : 'Succeeded';
  if (command === 'Pause') return 'Paused';
  return failed >= strategy.stopAfterFailures && !isUnderWay ? 'Stopped' : 'Running';
}

/** Whether this rollout changed a target that has something to go back to. */
export function canGoBack({ phase, releases, before }: RolloutTarget): boolean {
  const isBack = phase === 'RolledBack' || phase === 'RollingBack' || phase === 'Skipped';
  return !isBack && releases !== undefined && before !== undefined && Object.keys(before).length > 0;
}
