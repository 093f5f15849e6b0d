/** When a change of version may go on, and when it has gone wrong. Pure: of a Cluster's spec and status. */
import type { ClusterSpec } from '../../model/cluster.js';
import { DEFAULT_PROGRESS_DEADLINE, DEFAULT_SOAK, type UpgradeStatus } from '../../model/upgrade.js';
import type { Stage } from '../../versions/stages.js';

/** The upgrade that was rolled back is the one the spec still asks for. */
export function hasFailed({ to, failed }: UpgradeStatus, { version, upgrade }: ClusterSpec): boolean {
  return failed !== undefined && to === version && failed.attempt === (upgrade?.attempt ?? 0);
}

/** What the spec asks for; what ran before when that did not come up. */
export function desiredVersion(spec: ClusterSpec, upgrade: UpgradeStatus | undefined): string {
  return upgrade && hasFailed(upgrade, spec) ? upgrade.from : spec.version;
}

/** A stage was entered and is not left yet. What ended is kept in status only when it failed. */
export function isUnderWay(upgrade: UpgradeStatus | undefined): upgrade is UpgradeStatus {
  return upgrade?.stageStartedAt !== undefined;
}

/** Some masters may still be at the stage before: they and those that left it get on with each other. */
export function isWayBack({ before }: UpgradeStatus, next: Stage): boolean {
  return before?.kubernetesVersion === next.kubernetesVersion && before.actsAs === next.actsAs;
}

/** When the soak ends, milliseconds since the epoch; undefined when a person ends it, or it has not begun. */
export function soakEnd({ upgrade }: ClusterSpec, { stageSettledAt }: UpgradeStatus): number | undefined {
  const { soakSeconds = DEFAULT_SOAK, finalize = 'Automatic' } = upgrade ?? {};
  if (finalize === 'Manual' || stageSettledAt === undefined) return undefined;
  return Date.parse(stageSettledAt) + soakSeconds * 1000;
}

/** By when the masters must be ready at the stage they are at, milliseconds since the epoch. */
export function progressDeadline(spec: ClusterSpec, { stageStartedAt = '' }: UpgradeStatus): number {
  return Date.parse(stageStartedAt) + progressDeadlineMs(spec);
}

export function progressDeadlineMs({ upgrade }: ClusterSpec): number {
  const { progressDeadlineSeconds = DEFAULT_PROGRESS_DEADLINE } = upgrade ?? {};
  return progressDeadlineSeconds * 1000;
}
