import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { type ProbeAnswer, UpgradeProbes } from './probes.js';

const MINUTE = 60_000;
let clock: ManualClock;
let probes: UpgradeProbes;
let answer: () => Promise<ProbeAnswer | undefined>;
let alarms: number;

beforeEach(() => {
  clock = new ManualClock();
  probes = new UpgradeProbes(clock);
  alarms = 0;
  answer = () => Promise.resolve({ good: true, what: 'HTTP 200' });
  watch();
});
afterEach(() => probes.forgetAll());

function watch(): void {
  probes.watch('demo', { ask: () => answer(), maxErrorPercent: 50, alarm: () => (alarms += 1) });
}

describe(UpgradeProbes, () => {
  it('says nothing before it has asked often enough', async () => {
    answer = () => Promise.resolve({ good: false, what: 'HTTP 500' });
    await clock.advance(MINUTE / 4);
    expect([probes.verdict('demo'), alarms]).toEqual([undefined, 0]);
    await clock.advance(MINUTE / 4);
    expect(probes.verdict('demo')).toEqual({ errorPercent: 100, last: 'HTTP 500' });
    expect(alarms).toBeGreaterThan(0);
  });

  it('takes a short outage for what it is, and a long one for trouble', async () => {
    await clock.advance(MINUTE);
    answer = () => Promise.reject(new Error('connection refused'));
    await clock.advance(MINUTE / 2);
    expect(probes.verdict('demo')).toEqual({ errorPercent: 50, last: 'Error: connection refused' });
    expect(alarms).toBe(0);
    await clock.advance(MINUTE / 4);
    expect(alarms).toBeGreaterThan(0);
    answer = () => Promise.resolve({ good: true, what: 'HTTP 200' });
    await clock.advance(MINUTE);
    expect(probes.verdict('demo')?.errorPercent).toBe(0);
  });

  it('goes on counting when it is told again, and counts anew when it was forgotten', async () => {
    await clock.advance(MINUTE);
    watch();
    expect(probes.verdict('demo')).toBeDefined();
    probes.forget('demo');
    expect(probes.verdict('demo')).toBeUndefined();
    watch();
    await clock.advance(2_000);
    expect(probes.verdict('demo')).toBeUndefined();
  });

  it('does not count what could not be asked', async () => {
    answer = () => Promise.resolve(undefined);
    await clock.advance(MINUTE);
    expect(probes.verdict('demo')).toBeUndefined();
  });
});
