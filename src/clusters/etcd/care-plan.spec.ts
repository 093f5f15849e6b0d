import { describe, expect, it } from '@jest/globals';
import type { EtcdStatus } from '../../model/cluster.js';
import { carePlan, conditionOf, etcdStatusOf, hasRoom, needsAttention } from './care-plan.js';
import { leaderLast, newestFirst, type Observation } from './observation.js';

const MIB = 1024 * 1024;
const now = new Date('2026-11-21T12:00:00Z');
const idle = { defragment: false, compact: false, compareHashes: false };

function member(
  ordinal: number,
  { size = 20, inUse = 10, leader = 1, revision = 100 } = {},
): Observation['members'][number] {
  const status = {
    memberId: String(ordinal + 1),
    leaderId: String(leader),
    revision,
    version: '3.6.16',
    dbSize: size * MIB,
    dbSizeInUse: inUse * MIB,
    isLearner: false,
    errors: [],
  };
  return { name: `etcd-${ordinal}`, status };
}

function observed(members: Observation['members'], alarm?: 'NOSPACE' | 'CORRUPT'): Observation {
  return { members, alarms: alarm ? [{ memberId: '1', alarm }] : [], quotaBytes: 1024 * MIB };
}

const plan = (observation: Observation, before?: Partial<EtcdStatus>, asked = false) =>
  carePlan(observation, { before: before as EtcdStatus | undefined, now, asked });
const told = (observation: Observation, differing: string[] = []) =>
  conditionOf(observation, { cluster: 'demo', differing });

describe('carePlan', () => {
  it('leaves a small or full file alone', () => {
    expect(plan(observed([member(0, { size: 50, inUse: 1 })]))).toEqual(idle);
    expect(plan(observed([member(0, { size: 500, inUse: 400 })]))).toEqual(idle);
  });

  it('defragments a large file that is half empty, once an hour', () => {
    const hollow = observed([member(0, { size: 500, inUse: 100 })]);
    expect(plan(hollow)).toEqual({ ...idle, defragment: true });
    expect(plan(hollow, { defragmentedAt: '2026-11-21T11:30:00Z' })).toEqual(idle);
    expect(plan(hollow, { defragmentedAt: '2026-11-21T10:30:00Z' })).toEqual({ ...idle, defragment: true });
  });

  it('does what is asked for, whatever the size', () => {
    expect(plan(observed([member(0)]), {}, true)).toEqual({ ...idle, defragment: true });
  });

  it('touches no member while another one is away', () => {
    const away = observed(
      [member(0, { size: 900, inUse: 1 }), { name: 'etcd-1', message: 'refused' }],
      'NOSPACE',
    );
    expect(plan(away, {}, true)).toEqual(idle);
  });

  it('lets go of history when writes are refused', () => {
    expect(plan(observed([member(0)], 'NOSPACE'))).toEqual({ ...idle, compact: true, defragment: true });
  });

  it('has no member stand still for nothing while what is in use fills the quota, unless asked', () => {
    const full = observed([member(0, { size: 1024, inUse: 1000 })], 'NOSPACE');
    expect(plan(full)).toEqual({ ...idle, compact: true });
    expect(plan(full, {}, true)).toEqual({ ...idle, compact: true, defragment: true });
  });

  it('compares members once an hour', () => {
    const three = observed([member(0), member(1), member(2)]);
    expect(plan(three)).toEqual({ ...idle, compareHashes: true });
    expect(plan(three, { hashesComparedAt: '2026-11-21T11:30:00Z' })).toEqual(idle);
  });
});

describe('conditionOf', () => {
  it('is healthy, and warns before the quota is used up', () => {
    expect(told(observed([member(0)]))).toMatchObject({ status: 'True', reason: 'Healthy' });
    const nearly = observed([member(0, { size: 900, inUse: 890 })]);
    expect(told(nearly)).toMatchObject({
      status: 'True',
      reason: 'QuotaNearlyUsed',
      message: '88 % of the quota is used',
    });
    expect(needsAttention(nearly)).toBe(true);
  });

  it('tells the way out of a full store', () => {
    const full = observed([member(0, { size: 1024, inUse: 1000 })], 'NOSPACE');
    expect(told(full)).toMatchObject({ status: 'False', reason: 'QuotaExceeded' });
    expect(told(full).message).toContain('Delete objects');
    expect(hasRoom(full)).toBe(false);
    expect(hasRoom(observed([member(0, { size: 900 })], 'NOSPACE'))).toBe(true);
  });

  it('tells who is away, who differs, and that nobody answers', () => {
    const away = { name: 'etcd-1', message: 'refused' };
    expect(told(observed([member(0), away]))).toMatchObject({
      reason: 'MemberDown',
      message: 'etcd-1: refused',
    });
    expect(told(observed([away]))).toMatchObject({ status: 'False', reason: 'EtcdUnavailable' });
    const corrupt = told(observed([member(0), member(1), member(2)], 'CORRUPT'));
    expect(corrupt).toMatchObject({ status: 'False', reason: 'DataCorrupt' });
    expect(corrupt.message).toContain('etcd-0 hold other data');
    expect(told(observed([member(0), member(1)]), ['etcd-1']).message).toContain('etcd-1 hold other data');
    expect(told(observed([member(0)], 'CORRUPT')).message).toContain('berth cluster restore demo');
  });
});

it('takes the leader last', () => {
  const names = leaderLast(observed([member(0), member(1), member(2)])).map(({ name }) => name);
  expect(names).toEqual(['etcd-1', 'etcd-2', 'etcd-0']);
});

it('saves from the leader, then from who is furthest; from who does not answer last', () => {
  const away = { name: 'etcd-9', message: 'refused' };
  const members = [away, member(0), member(1, { revision: 120 }), member(2, { revision: 110 })];
  expect(newestFirst(observed(members))).toEqual(['etcd-0', 'etcd-1', 'etcd-2', 'etcd-9']);
  const leaderless = [
    away,
    member(0, { leader: 0 }),
    member(1, { leader: 0, revision: 120 }),
    member(2, { leader: 0, revision: 110 }),
  ];
  expect(newestFirst(observed(leaderless))).toEqual(['etcd-1', 'etcd-2', 'etcd-0', 'etcd-9']);
});

it('tells members, quota and alarms', () => {
  const observation = observed([member(0, { size: 512 }), { name: 'etcd-1', message: 'refused' }], 'NOSPACE');
  expect(etcdStatusOf(observation, now, { defragmentedAt: '2026-11-21T11:00:00Z' })).toEqual({
    members: [
      { name: 'etcd-0', id: '1', leader: true, version: '3.6.16', sizeBytes: 512 * MIB },
      { name: 'etcd-1', message: 'refused' },
    ],
    quotaBytes: 1024 * MIB,
    usedPercent: 50,
    alarms: ['NOSPACE etcd-0'],
    checkedAt: '2026-11-21T12:00:00.000Z',
    defragmentedAt: '2026-11-21T11:00:00Z',
  });
});
