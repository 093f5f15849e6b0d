import { LeadershipLost } from './election.js';

/** What a leader has at work, such as runners of reconcilers. */
export interface LeaderWork {
  /** Resolves when it is at work. Throws the signal's reason. */
  start(signal: AbortSignal): Promise<void>;
  /** Takes no more, waits for what is under way; aborts that after `graceMs`, of its own choice unless told. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * One term of a leader: starts its work, and stops it when the term ends. What is under way may be finished while the
 * lease is ours; of a leader that lost it, at once nothing goes on: the next one may be at work.
 */
export async function leadWith(work: readonly LeaderWork[], signal: AbortSignal): Promise<void> {
  try {
    await Promise.all(work.map((one) => one.start(signal)));
    await aborted(signal);
  } finally {
    const graceMs = signal.reason instanceof LeadershipLost ? 0 : undefined;
    await Promise.all(work.map((one) => one.stop(graceMs)));
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
