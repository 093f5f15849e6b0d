/** Waiting for something outside of this process that nothing can watch. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BerthError } from '../core/errors.js';

/**
 * Asks `check` every `pauseMs` until it is true. Throws `TimedOut` with `what` and, if given, what `explain`
 * says about the state then.
 */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean>,
  timeoutMs: number,
  pauseMs = 250,
  explain?: () => Promise<string>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() >= deadline) {
      const why = explain ? `: ${await explain()}` : '';
      throw new BerthError('TimedOut', `waited ${timeoutMs / 1000} s for ${what}${why}`, { transient: true });
    }
    await sleep(pauseMs);
  }
}
