import type { ConditionInput } from '../../model/conditions.js';
import { clusterConditions } from '../../model/conditions.js';
import type { EtcdStatus } from '../../model/cluster.js';
import { isLeader, type Observation, quotaUse } from './observation.js';

/** What etcd needs and how it is told, from what its members say. Pure. */

/** An alarm is taken back only when this part of the quota at most is in use: else it would be raised at once. */
const ROOM = 0.9;
const NEARLY_FULL = 0.8;
/** A file this large of which half is empty is worth the moment in which its member does not answer. */
const WORTH_BYTES = 100 * 1024 * 1024;
const EMPTY_PART = 0.5;
const DEFRAGMENT_AGAIN_MS = 60 * 60_000;
const COMPARE_AGAIN_MS = 60 * 60_000;

export interface CarePlan {
  /** History is let go of, because writes are refused. */
  compact: boolean;
  /** Then every member gives free pages back. */
  defragment: boolean;
  compareHashes: boolean;
}

export function carePlan(
  observation: Observation,
  { before, now, asked }: { before: EtcdStatus | undefined; now: Date; asked: boolean },
): CarePlan {
  const none = { defragment: false, compact: false, compareHashes: false };
  const { members } = observation;
  // A member that is away misses what the others do, and one that stands still must not be the second.
  if (members.some(({ status }) => !status)) return none;
  // Where what is in use does not fit, members would stand still again and again for nothing.
  if (isFull(observation)) return { ...none, compact: true, defragment: asked || wouldFit(observation) };
  const since = (time: string | undefined) => now.getTime() - Date.parse(time ?? new Date(0).toISOString());
  const rested = since(before?.defragmentedAt) >= DEFRAGMENT_AGAIN_MS;
  return {
    compact: false,
    defragment: asked || (rested && isHollow(observation)),
    compareHashes: members.length > 1 && since(before?.hashesComparedAt) >= COMPARE_AGAIN_MS,
  };
}

export function isFull({ alarms }: Observation): boolean {
  return alarms.some(({ alarm }) => alarm === 'NOSPACE');
}

/** Whether writes may be let in again. */
export function hasRoom(observation: Observation): boolean {
  return quotaUse(observation).file < ROOM;
}

function wouldFit(observation: Observation): boolean {
  return quotaUse(observation).inUse < ROOM;
}

function isHollow({ members, quotaBytes }: Observation): boolean {
  return members.some(({ status }) => {
    if (!status) return false;
    const { dbSize, dbSizeInUse } = status;
    const matters = dbSize >= WORTH_BYTES || dbSize >= NEARLY_FULL * quotaBytes;
    return matters && dbSizeInUse < EMPTY_PART * dbSize;
  });
}

/** Whether it is looked at again soon. */
export function needsAttention(observation: Observation): boolean {
  return conditionOf(observation, {}).reason !== 'Healthy';
}

/** The condition, with the way out when there is one to go. */
export function conditionOf(
  observation: Observation,
  { cluster = '', differing = [] }: { cluster?: string; differing?: readonly string[] },
): Pick<ConditionInput, 'type' | 'status' | 'reason' | 'message'> {
  const type = clusterConditions.etcdHealthy;
  const trouble =
    unavailable(observation) ??
    corrupt(observation, cluster, differing) ??
    full(observation) ??
    down(observation);
  if (trouble) return { type, status: 'False', ...trouble };
  const used = Math.round(quotaUse(observation).file * 100);
  return used >= NEARLY_FULL * 100
    ? { type, status: 'True', reason: 'QuotaNearlyUsed', message: `${used} % of the quota is used` }
    : { type, status: 'True', reason: 'Healthy', message: '' };
}

interface Trouble {
  reason: string;
  message: string;
}

function unavailable({ members }: Observation): Trouble | undefined {
  if (members.some(({ status }) => status)) return undefined;
  return { reason: 'EtcdUnavailable', message: members.map(told).join('; ') };
}

function down({ members }: Observation): Trouble | undefined {
  const away = members.filter(({ status }) => !status);
  return away.length > 0 ? { reason: 'MemberDown', message: away.map(told).join('; ') } : undefined;
}

function told({ name, message = 'does not answer' }: { name: string; message?: string }): string {
  return `${name}: ${message}`;
}

function full(observation: Observation): Trouble | undefined {
  if (!isFull(observation)) return undefined;
  const { inUse } = quotaUse(observation);
  return {
    reason: 'QuotaExceeded',
    message:
      `etcd refuses writes: ${Math.round(inUse * 100)} % of its quota of ${mebibytes(observation.quotaBytes)} is in ` +
      'use. Delete objects, which it still takes; the rest is done by itself',
  };
}

function corrupt(
  { members, alarms }: Observation,
  cluster: string,
  differing: readonly string[],
): Trouble | undefined {
  const ids = new Set(alarms.filter(({ alarm }) => alarm === 'CORRUPT').map(({ memberId }) => memberId));
  const raised = members.filter(({ status }) => status && ids.has(status.memberId)).map(({ name }) => name);
  const names = [...new Set([...raised, ...differing])];
  if (names.length === 0) return undefined;
  const next = `restore a backup: berth cluster restore ${cluster}`;
  return { reason: 'DataCorrupt', message: `${names.join(' and ')} hold other data than the rest: ${next}` };
}

function mebibytes(count: number): string {
  return `${Math.round(count / 1024 / 1024)} MiB`;
}

/** What the cluster's status says of it. */
export function etcdStatusOf(observation: Observation, now: Date, kept: Partial<EtcdStatus>): EtcdStatus {
  const names = new Map(observation.members.map(({ name, status }) => [status?.memberId, name]));
  const alarms = observation.alarms.map(
    ({ alarm, memberId }) => `${alarm} ${names.get(memberId) ?? memberId}`,
  );
  const { hashesComparedAt, defragmentedAt } = kept;
  return {
    members: observation.members.map(({ name, status, message }) =>
      status
        ? {
            name,
            id: BigInt(status.memberId).toString(16),
            leader: isLeader(status),
            ...(status.isLearner && { learner: true }),
            version: status.version,
            sizeBytes: status.dbSize,
          }
        : { name, message: message ?? 'it does not answer' },
    ),
    quotaBytes: observation.quotaBytes,
    usedPercent: Math.round(quotaUse(observation).file * 100),
    ...(alarms.length > 0 && { alarms }),
    checkedAt: now.toISOString(),
    ...(hashesComparedAt && { hashesComparedAt }),
    ...(defragmentedAt && { defragmentedAt }),
  };
}
