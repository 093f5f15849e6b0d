/** How far a rollout is and what it does next. Pure. */
import type { Instance } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import type { RolloutSpec, RolloutStatus, RolloutTarget } from '../../model/rollout.js';

const OPEN: ReadonlySet<RolloutTarget['phase']> = new Set(['Pending', 'Publishing']);

export function startStatus(spec: RolloutSpec, now: Date): RolloutStatus {
  const targets = spec.targets.map((ref): RolloutTarget => ({ ...ref, phase: 'Pending' }));
  return summarised({ phase: 'Running', progress: '', failed: 0, startedAt: now.toISOString(), targets });
}

/** Targets to begin now: as many as may be under way, none once too many have failed. */
export function dueTargets({ strategy }: RolloutSpec, { targets, failed }: RolloutStatus): RolloutTarget[] {
  if (failed >= strategy.stopAfterFailures) return [];
  const underWay = targets.filter(({ phase }) => phase === 'Publishing').length;
  return targets
    .filter(({ phase }) => phase === 'Pending')
    .slice(0, Math.max(0, strategy.maxInFlight - underWay));
}

export interface TargetEvidence {
  instance: Instance | undefined;
  releases: ReadonlyMap<string, readonly Release[]>;
  awaitDeployed: boolean;
}

/** A target that is being published, as it is now. */
export function advanced(target: RolloutTarget, evidence: TargetEvidence): RolloutTarget {
  const { instance, releases, awaitDeployed } = evidence;
  if (!instance) return { ...target, phase: 'Failed', message: 'the instance is gone' };
  for (const [service, revision] of Object.entries(target.releases ?? {})) {
    const release = releases.get(service)?.find(({ spec }) => spec.revision === revision);
    const { phase, message } = release?.status ?? {};
    if (phase === 'Failed')
      return { ...target, phase: 'Failed', message: `${service}: ${message ?? 'failed'}` };
    if (phase !== 'Published') return target;
    const status = instance.status?.services?.[service];
    if (!awaitDeployed || (status?.revision ?? 0) > revision) continue;
    if (status?.state === 'Failed' || status?.state === 'Degraded') {
      return { ...target, phase: 'Failed', message: `${service}: ${status.message ?? status.state}` };
    }
    if (status?.state !== 'Deployed' || status.revision !== revision) return target;
  }
  return { ...target, phase: 'Done' };
}

/** The status with its counts, and with its end when nothing is left to do. */
export function summarised(status: RolloutStatus): RolloutStatus {
  const { targets } = status;
  const through = targets.filter(({ phase }) => !OPEN.has(phase) && phase !== 'RollingBack').length;
  const failed = targets.filter(({ phase }) => phase === 'Failed').length;
  return { ...status, progress: `${through}/${targets.length}`, failed };
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
