import { describe, expect, it } from '@jest/globals';
import type { MaintenancePolicy } from '../../model/maintenance.js';
import { nextOpening } from './windows.js';

const opens = (policies: MaintenancePolicy[], from: string) =>
  nextOpening(policies, new Date(from))?.toISOString();
const nightly = (more: object = {}): MaintenancePolicy => ({
  windows: [{ start: '0 2 * * *', durationMinutes: 120, ...more }],
});

describe(nextOpening, () => {
  it('is now where nothing is said, and inside of a window', () => {
    expect(opens([], '2026-05-05T12:00:00Z')).toBe('2026-05-05T12:00:00.000Z');
    expect(opens([{}], '2026-05-05T12:00:00Z')).toBe('2026-05-05T12:00:00.000Z');
    expect(opens([nightly()], '2026-05-05T03:59:59Z')).toBe('2026-05-05T03:59:59.000Z');
  });

  it.each([
    ['before it opens', '2026-05-05T01:59:59Z', '2026-05-05T02:00:00.000Z'],
    ['at the very start', '2026-05-05T02:00:00Z', '2026-05-05T02:00:00.000Z'],
    ['at the very end', '2026-05-05T04:00:00Z', '2026-05-06T02:00:00.000Z'],
  ])('%s', (_what, from, at) => {
    expect(opens([nightly()], from)).toBe(at);
  });

  it('stays open over midnight', () => {
    const policy = { windows: [{ start: '0 23 * * 6', durationMinutes: 240 }] };
    expect(opens([policy], '2026-05-10T02:30:00Z')).toBe('2026-05-10T02:30:00.000Z');
    expect(opens([policy], '2026-05-10T03:00:00Z')).toBe('2026-05-16T23:00:00.000Z');
  });

  it('opens at the time of its own zone, in summer and in winter', () => {
    const paris = [nightly({ timeZone: 'Europe/Paris' })];
    expect(opens(paris, '2026-01-05T12:00:00Z')).toBe('2026-01-06T01:00:00.000Z');
    expect(opens(paris, '2026-07-05T12:00:00Z')).toBe('2026-07-06T00:00:00.000Z');
    const kolkata = [nightly({ timeZone: 'Asia/Kolkata' })];
    expect(opens(kolkata, '2026-01-05T12:00:00Z')).toBe('2026-01-05T20:30:00.000Z');
  });

  it('opens in the night in which its hour does not exist, and for its whole length', () => {
    const paris = [nightly({ timeZone: 'Europe/Paris' })];
    const at = opens(paris, '2026-03-28T12:00:00Z') ?? '';
    expect(at).toBe('2026-03-29T01:00:00.000Z');
    expect(opens(paris, '2026-03-29T02:59:00Z')).toBe('2026-03-29T02:59:00.000Z');
    expect(opens(paris, '2026-03-29T03:00:00Z')).toBe('2026-03-30T00:00:00.000Z');
  });

  it('opens once in the night in which its hour comes twice', () => {
    const short = [nightly({ timeZone: 'Europe/Paris', durationMinutes: 30 })];
    expect(opens(short, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:00:00.000Z');
    expect(opens(short, '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:00:00.000Z');
  });

  it('passes over exclusions, and uses what they leave of a window', () => {
    const freeze = { from: '2026-12-20T00:00:00Z', until: '2027-01-03T03:00:00Z' };
    const policy = { ...nightly(), exclusions: [freeze] };
    expect(opens([policy], '2026-12-20T02:30:00Z')).toBe('2027-01-03T03:00:00.000Z');
    expect(opens([{ exclusions: [freeze] }], '2026-12-24T18:00:00Z')).toBe('2027-01-03T03:00:00.000Z');
    const two = [freeze, { from: '2027-01-03T00:00:00Z', until: '2027-01-04T12:00:00Z' }];
    expect(opens([{ ...nightly(), exclusions: two }], '2026-12-24T18:00:00Z')).toBe(
      '2027-01-05T02:00:00.000Z',
    );
  });

  it('is when all policies are open, and never when they never are', () => {
    const saturdays = { windows: [{ start: '0 0 * * 6', durationMinutes: 24 * 60 }] };
    expect(opens([nightly(), saturdays], '2026-05-05T12:00:00Z')).toBe('2026-05-09T02:00:00.000Z');
    const afternoons = { windows: [{ start: '0 14 * * *', durationMinutes: 60 }] };
    expect(opens([nightly(), afternoons], '2026-05-05T12:00:00Z')).toBeUndefined();
    expect(
      opens([{ windows: [{ start: '0 0 30 2 *', durationMinutes: 60 }] }], '2026-05-05T12:00:00Z'),
    ).toBeUndefined();
  });

  it('says so when a schedule is none', () => {
    const policy = { windows: [{ start: '61 2 * * *', durationMinutes: 60 }] };
    expect(() => opens([policy], '2026-05-05T12:00:00Z')).toThrow(/is not a schedule/);
  });
});
