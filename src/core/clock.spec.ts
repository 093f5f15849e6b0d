import { describe, expect, it } from '@jest/globals';
import { systemClock } from './clock.js';

describe('the system clock', () => {
  it('sleeps, and wakes with the reason of whoever aborts it', async () => {
    const start = systemClock.monotonic();
    await systemClock.sleep(20);
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(19);
    const reason = new Error('enough');
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(1, controller.signal)).rejects.toBe(reason);
  });

  it('runs a timer once unless it is cancelled', async () => {
    const ran: string[] = [];
    systemClock.after(1, () => ran.push('kept'));
    const cancel = systemClock.after(1, () => ran.push('cancelled'));
    cancel();
    await systemClock.sleep(20);
    cancel();
    expect(ran).toEqual(['kept']);
  });
});
