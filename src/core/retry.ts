import { type Clock, systemClock } from './clock.js';
import { type Random, systemRandom } from './random.js';

/** Exponential backoff: attempt n waits min(initialMs * factor^n, maxMs), plus up to `jitter` of that. */
export interface BackoffPolicy {
  initialMs: number;
  maxMs: number;
  /** Growth from one attempt to the next; 2 unless told. */
  factor?: number;
  /** Share of the delay that is added at random, in [0, 1]; spreads a herd. 0 unless told. */
  jitter?: number;
}

/** Milliseconds to wait before attempt `failures` + 1; `failures` counts from 0. */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: Random = systemRandom): number {
  const { initialMs, maxMs, factor = 2, jitter = 0 } = policy;
  const base = Math.min(initialMs * factor ** failures, maxMs);
  return base * (1 + jitter * random());
}

/** The state of one retried thing. */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly policy: BackoffPolicy,
    private readonly random: Random = systemRandom,
  ) {}

  /** The next delay in milliseconds; each call counts as one more failure. */
  next(): number {
    return backoffDelay(this.policy, this.#failures++, this.random);
  }

  /** It worked: the next delay is the first one again. */
  reset(): void {
    this.#failures = 0;
  }
}

export interface RetryOptions {
  backoff: BackoffPolicy;
  /** Attempts in all; for ever unless told. */
  attempts?: number;
  /** Says whether an error is worth another attempt; every error is unless told. */
  retryable?: (error: unknown) => boolean;
  signal?: AbortSignal;
  clock?: Clock;
  random?: Random;
}

/**
 * Runs `attempt` until it succeeds. Throws the last error when it is not retryable or the attempts are used up,
 * and the signal's reason when aborted while waiting.
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts = Infinity, retryable = () => true, clock = systemClock, signal } = options;
  const backoff = new Backoff(options.backoff, options.random);
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (made >= attempts || signal?.aborted || !retryable(error)) throw error;
    }
    await clock.sleep(backoff.next(), signal);
  }
}
