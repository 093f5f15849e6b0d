import { Cron } from 'croner';
import { BerthError, messageOf } from '../core/errors.js';
import type { Backup } from '../model/backup.js';
import type { BackupPolicy } from '../model/cluster.js';

/** What the schedule of a cluster asks for at a moment. */
export interface ScheduledWork {
  /** When the backup that is due now was to be made. */
  dueAt?: Date;
  /** Backups whose time is over. */
  expired: Backup[];
  /** When to look again. */
  nextAt?: Date;
}

const DEFAULT_KEEP = 7;

/**
 * Pure. A time that was missed, however many there were, is made up for once.
 * @param since Nothing before this is made up for: when the cluster came up.
 * @throws BerthError `ScheduleInvalid`
 */
export function scheduledWork(
  policy: BackupPolicy,
  backups: readonly Backup[],
  { since, now }: { since: Date; now: Date },
): ScheduledWork {
  const { schedule, timeZone, keep = DEFAULT_KEEP } = policy;
  const expired = expiredBackups(backups, keep, now);
  const expiries = backups.flatMap(({ spec }) =>
    spec.expiresAt === undefined ? [] : [new Date(spec.expiresAt)],
  );
  if (schedule === undefined) return { expired, nextAt: earliest(expiries, now) };
  const last = backups.filter(isScheduled).map(createdAt).toSorted().at(-1);
  const dueAt = nextTime(
    schedule,
    timeZone,
    new Date(Math.max(since.getTime(), Date.parse(last ?? '') || 0)),
  );
  const isDue = dueAt !== undefined && dueAt <= now;
  const following = isDue ? nextTime(schedule, timeZone, now) : dueAt;
  return {
    ...(isDue && { dueAt }),
    expired,
    nextAt: earliest([...expiries, ...(following ? [following] : [])], now),
  };
}

/**
 * Pure. When the newest backup is to be tried out.
 * @param last When it was tried out last, or when the cluster came up.
 */
export function scheduledDrill(
  { drillSchedule, timeZone }: BackupPolicy,
  { last, now }: { last: Date; now: Date },
): Pick<ScheduledWork, 'dueAt' | 'nextAt'> {
  const dueAt = drillSchedule === undefined ? undefined : nextTime(drillSchedule, timeZone, last);
  return dueAt && dueAt <= now ? { dueAt } : { nextAt: dueAt };
}

/** The newest backup that holds a snapshot. */
export function newestBackup(backups: readonly Backup[]): Backup | undefined {
  return backups
    .filter(({ metadata, status }) => status?.state === 'Succeeded' && !metadata.deletionTimestamp)
    .toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)))[0];
}

/** The first time after `after`. Throws ScheduleInvalid. */
export function nextTime(schedule: string, timeZone: string | undefined, after: Date): Date | undefined {
  try {
    return new Cron(schedule, { timezone: timeZone ?? 'UTC', mode: '5-part' }).nextRun(after) ?? undefined;
  } catch (cause) {
    throw new BerthError('ScheduleInvalid', `"${schedule}" is not a schedule: ${messageOf(cause)}.`, {
      status: 422,
      next: 'Write five fields, such as 0 2 * * * for two o’clock every night.',
      cause,
    });
  }
}

/** What is wrong with a schedule; undefined when nothing is. */
export function scheduleProblem(schedule: string, timeZone: string | undefined): string | undefined {
  try {
    nextTime(schedule, timeZone, new Date(0));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Those past their own time, and scheduled ones beyond the newest `keep` that succeeded. */
function expiredBackups(backups: readonly Backup[], keep: number, now: Date): Backup[] {
  const past = backups.filter(({ spec }) => spec.expiresAt !== undefined && new Date(spec.expiresAt) <= now);
  const scheduled = backups
    .filter((backup) => isScheduled(backup) && backup.status?.state === 'Succeeded')
    .toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)));
  const failed = backups
    .filter((backup) => isScheduled(backup) && backup.status?.state === 'Failed')
    .toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)));
  return [...new Set([...past, ...scheduled.slice(keep), ...failed.slice(keep)])];
}

function isScheduled({ spec }: Backup): boolean {
  return spec.reason === 'Scheduled';
}

function createdAt({ metadata }: Backup): string {
  return metadata.creationTimestamp ?? '';
}

function earliest(times: readonly Date[], now: Date): Date | undefined {
  return times.filter((time) => time > now).toSorted((a, b) => a.getTime() - b.getTime())[0];
}
