import { describe, expect, it } from '@jest/globals';
import type { Backup, BackupSpec } from '../model/backup.js';
import { newestBackup, scheduledDrill, scheduledWork } from './schedule.js';

const NIGHTLY = '0 2 * * *';
const since = new Date('2026-11-01T12:00:00Z');
const at = (time: string) => ({ since, now: new Date(time) });

function backup(
  createdAt: string,
  spec: Partial<BackupSpec> = {},
  state: 'Succeeded' | 'Failed' = 'Succeeded',
): Backup {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Backup',
    metadata: { name: `at-${createdAt}`, creationTimestamp: createdAt },
    spec: { cluster: 'demo', reason: 'Scheduled', ...spec },
    status: { state, startedAt: createdAt },
  };
}

const names = (backups: readonly Backup[]) => backups.map(({ metadata }) => metadata.name.slice(3, 13));

describe('scheduledWork', () => {
  it('waits for the first time after the cluster came up', () => {
    const work = scheduledWork({ schedule: NIGHTLY }, [], at('2026-11-01T13:00:00Z'));
    expect(work).toEqual({ expired: [], nextAt: new Date('2026-11-02T02:00:00Z') });
  });

  it('is due at its time, and then a day later', () => {
    const work = scheduledWork({ schedule: NIGHTLY }, [], at('2026-11-02T02:00:00Z'));
    expect(work.dueAt).toEqual(new Date('2026-11-02T02:00:00Z'));
    expect(work.nextAt).toEqual(new Date('2026-11-03T02:00:00Z'));
  });

  it('makes up for many missed times once', () => {
    const last = backup('2026-11-02T02:00:00Z');
    const late = scheduledWork({ schedule: NIGHTLY }, [last], at('2026-11-09T10:00:00Z'));
    expect(late.dueAt).toEqual(new Date('2026-11-03T02:00:00Z'));
    const made = backup('2026-11-09T10:00:01Z');
    const next = scheduledWork({ schedule: NIGHTLY }, [last, made], at('2026-11-09T10:00:02Z'));
    expect(next).toMatchObject({ nextAt: new Date('2026-11-10T02:00:00Z') });
    expect(next.dueAt).toBeUndefined();
  });

  it('follows the time zone', () => {
    const policy = { schedule: NIGHTLY, timeZone: 'Asia/Shanghai' };
    expect(scheduledWork(policy, [], at('2026-11-01T13:00:00Z')).nextAt).toEqual(
      new Date('2026-11-01T18:00:00Z'),
    );
  });

  it('lets the oldest go, but counts only what can be restored', () => {
    const backups = [
      backup('2026-11-01T02:00:00Z'),
      backup('2026-11-02T02:00:00Z'),
      backup('2026-11-03T02:00:00Z'),
      backup('2026-11-04T02:00:00Z', {}, 'Failed'),
      backup('2026-10-01T02:00:00Z', { reason: 'OnDemand' }),
    ];
    const work = scheduledWork({ schedule: NIGHTLY, keep: 2 }, backups, at('2026-11-04T03:00:00Z'));
    expect(names(work.expired)).toEqual(['2026-11-01']);
  });

  it('lets go of what was kept for a time only', () => {
    const backups = [
      backup('2026-11-01T02:00:00Z', { reason: 'OnDemand', expiresAt: '2026-11-05T00:00:00Z' }),
    ];
    expect(scheduledWork({}, backups, at('2026-11-04T00:00:00Z'))).toEqual({
      expired: [],
      nextAt: new Date('2026-11-05T00:00:00Z'),
    });
    expect(names(scheduledWork({}, backups, at('2026-11-05T00:00:00Z')).expired)).toEqual(['2026-11-01']);
  });

  it.each(['99 * * * *', '* * * * * *', 'every night', '* * 31 2 8'])('refuses %j', (schedule) => {
    expect(() => scheduledWork({ schedule }, [], at('2026-11-02T02:00:00Z'))).toThrow(
      expect.objectContaining({ code: 'ScheduleInvalid' }),
    );
  });
});

describe('scheduledDrill', () => {
  const drill = (last: string, now: string) =>
    scheduledDrill({ drillSchedule: NIGHTLY }, { last: new Date(last), now: new Date(now) });

  it('is due once after the last one', () => {
    expect(drill('2026-11-01T12:00:00Z', '2026-11-02T01:00:00Z')).toEqual({
      nextAt: new Date('2026-11-02T02:00:00Z'),
    });
    expect(drill('2026-11-01T12:00:00Z', '2026-11-05T01:00:00Z')).toEqual({
      dueAt: new Date('2026-11-02T02:00:00Z'),
    });
  });

  it('is never due without a schedule', () => {
    expect(scheduledDrill({}, { last: since, now: new Date('2027-01-01T00:00:00Z') })).toEqual({
      nextAt: undefined,
    });
  });

  it('takes the newest backup that holds a snapshot', () => {
    const older = backup('2026-11-02T02:00:00Z');
    const broken = backup('2026-11-04T02:00:00Z', {}, 'Failed');
    const newer = backup('2026-11-03T02:00:00Z');
    expect(newestBackup([older, broken, newer])).toBe(newer);
    expect(newestBackup([broken])).toBeUndefined();
  });
});
