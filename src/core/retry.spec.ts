import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/support/manual-clock.js';
import { Backoff, backoffDelay, retry } from './retry.js';

const policy = { initialMs: 100, maxMs: 1_000 };

describe('backoff', () => {
  it('doubles up to its maximum', () => {
    const delays = [0, 1, 2, 3, 4, 1_000].map((failures) => backoffDelay(policy, failures));
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('adds a random share', () => {
    expect(backoffDelay({ ...policy, jitter: 0.5 }, 0, () => 1)).toBe(150);
    expect(backoffDelay({ ...policy, jitter: 0.5 }, 0, () => 0)).toBe(100);
  });

  it('starts anew when reset', () => {
    const backoff = new Backoff(policy);
    expect([backoff.next(), backoff.next()]).toEqual([100, 200]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });
});

describe('retry', () => {
  it('tries until it works, waiting in between', async () => {
    const clock = new ManualClock();
    const triedAt: number[] = [];
    const start = clock.now();
    const result = retry(
      async () => {
        triedAt.push(clock.now() - start);
        if (triedAt.length < 3) throw new Error('not yet');
        return 'done';
      },
      { backoff: policy, clock },
    );
    await clock.advance(1_000);
    expect(await result).toBe('done');
    expect(triedAt).toEqual([0, 100, 300]);
  });

  it('gives up with the last error after so many attempts, or when it is no use', async () => {
    const backoff = { initialMs: 0, maxMs: 0 };
    let tried = 0;
    const attempt = async () => {
      throw new Error(`failure ${++tried}`);
    };
    await expect(retry(attempt, { backoff, attempts: 3 })).rejects.toThrow('failure 3');
    await expect(retry(attempt, { backoff, retryable: () => false })).rejects.toThrow('failure 4');
  });

  it('stops waiting when aborted', async () => {
    const controller = new AbortController();
    const attempt = async () => {
      controller.abort(new Error('enough'));
      throw new Error('failure');
    };
    const options = { backoff: { initialMs: 60_000, maxMs: 60_000 }, signal: controller.signal };
    await expect(retry(attempt, options)).rejects.toThrow('failure');
  });
});
