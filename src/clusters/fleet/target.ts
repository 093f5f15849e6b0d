/** One cluster of a fleet's upgrade, judged by its Cluster object. Pure. */
import { BerthError } from '../../core/errors.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterConditions, findCondition } from '../../model/conditions.js';
import type { FleetTarget, FleetUpgradeSpec } from '../../model/fleet-upgrade.js';
import { isNewer, nextStage, stageOf } from '../../versions/stages.js';
import { hasFailed, isUnderWay, progressDeadlineMs } from '../upgrades/policy.js';

/**
 * What the condition tells while an upgrade is held up by what ends by itself, not by a gate: work, or an API server that
 * did not answer in time.
 */
const ENDS_BY_ITSELF: ReadonlySet<string> = new Set(['BackingUp', 'Reached', 'ClusterUnreachable']);

/** A target whose turn it is: to be upgraded, or to be left as it is, with the reason. */
export function begun(
  target: FleetTarget,
  cluster: Cluster | undefined,
  { version }: FleetUpgradeSpec,
  now: Date,
): FleetTarget {
  const ended = { ...target, finishedAt: now.toISOString() };
  if (!cluster || cluster.metadata.deletionTimestamp)
    return { ...ended, phase: 'Skipped', message: 'is gone' };
  const { pinned, upgrade, initializedAt } = cluster.status ?? {};
  if (!pinned || !initializedAt) return { ...ended, phase: 'Skipped', message: 'has no masters yet' };
  const { kubernetesVersion: from, actsAs } = pinned;
  if (isUnderWay(upgrade)) {
    return { ...ended, phase: 'Skipped', message: `is on its way from ${upgrade.from} to ${upgrade.to}` };
  }
  const runs = { ...ended, from };
  if (from === version && actsAs === undefined) return { ...runs, phase: 'Unchanged' };
  const message = whyNot(cluster, version);
  if (message !== undefined) return { ...runs, phase: 'Skipped', message };
  return { ...target, phase: 'Upgrading', from, startedAt: now.toISOString() };
}

function whyNot({ status }: Cluster, version: string): string | undefined {
  const stage = stageOf(status?.pinned ?? { kubernetesVersion: version });
  try {
    nextStage(stage, version);
  } catch (error) {
    if (error instanceof BerthError) return error.message;
    throw error;
  }
  return isNewer(version, stage.kubernetesVersion)
    ? undefined
    : `runs ${stage.kubernetesVersion}, a newer version`;
}

/** A target under way, as its cluster is now. */
export function watched(
  target: FleetTarget,
  cluster: Cluster | undefined,
  spec: FleetUpgradeSpec,
  now: Date,
): FleetTarget {
  const ended = { ...target, finishedAt: now.toISOString() };
  if (!cluster || cluster.metadata.deletionTimestamp || isSuccessor(target, cluster)) {
    return { ...ended, phase: 'Skipped', message: 'was deleted meanwhile' };
  }
  const asksFor = cluster.spec.version;
  if (target.phase === 'TakingBack') return asksFor === spec.version ? target : { ...ended, phase: 'Failed' };
  // The request is sent again until its generation is written down.
  if (target.generation === undefined) return target;
  // Caches are filled apart: this one may show the cluster as it was before it was asked.
  if ((cluster.metadata.generation ?? 0) < target.generation) return target;
  if (asksFor !== spec.version) {
    return { ...ended, phase: 'Failed', message: `somebody asked for ${asksFor} meanwhile` };
  }
  return verdict(target, cluster, spec, now);
}

/** A cluster of the same name that was made after the turn of the target had come. */
function isSuccessor({ startedAt = '' }: FleetTarget, { metadata }: Cluster): boolean {
  return Date.parse(metadata.creationTimestamp ?? '') > Date.parse(startedAt);
}

function verdict(target: FleetTarget, cluster: Cluster, spec: FleetUpgradeSpec, now: Date): FleetTarget {
  const { pinned, upgrade } = cluster.status ?? {};
  const ended = { ...target, finishedAt: now.toISOString() };
  const failure = upgrade && hasFailed(upgrade, cluster.spec) ? upgrade.failed?.message : undefined;
  if (isUnderWay(upgrade)) return { ...target, message: failure ?? heldUpBy(cluster) };
  if (failure !== undefined) return { ...ended, phase: 'Failed', message: `rolled back: ${failure}` };
  if (pinned?.kubernetesVersion !== spec.version || pinned.actsAs !== undefined) {
    return notBegun(target, cluster, now);
  }
  const { message: _message, ...rest } = ended;
  return { ...rest, phase: 'Done' };
}

/** Asked for, and the masters have not moved: wait for it, or ask for the old version again. */
function notBegun(target: FleetTarget, cluster: Cluster, now: Date): FleetTarget {
  const condition = findCondition(cluster.status?.conditions, clusterConditions.version);
  const isSeen = (condition?.observedGeneration ?? 0) >= (target.generation ?? 0);
  if (isSeen && condition && !ENDS_BY_ITSELF.has(condition.reason)) {
    return { ...target, phase: 'TakingBack', message: `${condition.reason}: ${condition.message}` };
  }
  const late = Date.parse(target.startedAt ?? '') + progressDeadlineMs(cluster.spec) < now.getTime();
  return late
    ? { ...target, phase: 'TakingBack', message: 'did not begin in time' }
    : { ...target, message: heldUpBy(cluster) };
}

function heldUpBy({ status }: Cluster): string | undefined {
  const condition = findCondition(status?.conditions, clusterConditions.version);
  return condition?.status === 'False' ? condition.message : undefined;
}
