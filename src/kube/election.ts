import { type Clock, systemClock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { type Logger, silentLogger } from '../core/logging.js';
import { type Random, systemRandom } from '../core/random.js';
import type { KubeClient } from './client.js';
import { LeaseLock } from './lease-lock.js';
import type { ObjectRef } from './types.js';

/** Proof of one term of leadership: no two terms of a lease share it. Write it beside what the leader did. */
export interface Fence {
  identity: string;
  transitions: number;
}

/** Why a term was aborted when the lease may be somebody else's soon, or is already: nothing may be finished any more. */
export class LeadershipLost extends Error {
  constructor() {
    super('leadership lost');
  }
}

export interface ElectionOptions {
  client: Pick<KubeClient, 'find' | 'create' | 'replace'>;
  lease: Required<ObjectRef>;
  /** Unique among all candidates, also after a restart: the host's name and a random part. */
  identity: string;
  /**
   * The leader's work, such as `leadWith`; it should go on until the signal is aborted, with LeadershipLost or because
   * leadership is to be given up. Then the lease is kept until the answered promise ends, so that the next leader finds
   * nobody at work.
   */
  lead: (signal: AbortSignal, fence: Fence) => Promise<void>;
  /** Others wait this long after the last sign of life; 15 s unless told, as client-go. */
  leaseDurationMs?: number;
  /** A leader that cannot renew for this long stops; 10 s unless told. Must be shorter than leaseDurationMs. */
  renewDeadlineMs?: number;
  /** Between attempts to get or renew; 2 s unless told. */
  retryPeriodMs?: number;
  onNewLeader?: (identity: string) => void;
  clock?: Clock;
  random?: Random;
  logger?: Logger;
}

/** Elects one leader among processes by a Lease. Clocks may differ between machines, but not run at very different rates. */
export class Election {
  readonly #options: ElectionOptions;
  readonly #lock: LeaseLock;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #leader = '';
  #leading = false;
  /** When the last attempt that got or renewed the lease began. */
  #heldMs = 0;

  constructor(options: ElectionOptions) {
    const { client, lease, identity, clock = systemClock, leaseDurationMs = 15_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#random = options.random ?? systemRandom;
    this.#logger = (options.logger ?? silentLogger).child({ identity });
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    // A call that hangs must not eat all the time in which we have to renew.
    const timeoutMs = Math.max(1_000, this.#renewDeadlineMs / 2);
    this.#lock = new LeaseLock({ client, lease, identity, leaseDurationMs, timeoutMs, clock });
  }

  /** Whether this process leads at the moment. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Who leads as far as we know; empty when nobody does. */
  get leader(): string {
    return this.#leader;
  }

  /** Stands for election again and again until the signal is aborted, then lets the lease go. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#attempt('acquire', signal)) await this.#term(signal);
      await this.#pause(this.#retryPeriodMs * (1 + 0.2 * this.#random()), signal);
    }
  }

  /** One term: leads and renews, until told to stop, beaten, cut off, or through with the work. */
  async #term(signal: AbortSignal): Promise<void> {
    const term = new AbortController();
    const giveUp = () => term.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.#leading = true;
    const fence = { identity: this.#options.identity, transitions: this.#lock.transitions };
    this.#logger.info({ transitions: fence.transitions }, 'leading');
    const work = this.#lead(term.signal, fence);
    const held = await this.#renewDuring(work, term);
    await work;
    this.#leading = false;
    signal.removeEventListener('abort', giveUp);
    if (held) await this.#release();
  }

  async #lead(signal: AbortSignal, fence: Fence): Promise<void> {
    try {
      await this.#options.lead(signal, fence);
    } catch (error) {
      if (!signal.aborted) this.#logger.error({ error }, `the leader's work failed: ${messageOf(error)}`);
    }
  }

  /**
   * Renews while the work goes on, also while it winds down. Aborts it when the lease is lost, by a timer and not
   * by the loop: a renewal that hangs must not make us lead for longer. Answers whether the lease is still ours.
   */
  async #renewDuring(work: Promise<void>, term: AbortController): Promise<boolean> {
    const over = new AbortController();
    let held = true;
    const lose = () => {
      held = false;
      this.#logger.warn('leadership lost');
      term.abort(new LeadershipLost());
      over.abort();
    };
    void work.finally(() => over.abort());
    let cancel = this.#clock.after(this.#msToRenew(), lose);
    while (!over.signal.aborted) {
      await this.#pause(this.#retryPeriodMs, over.signal);
      const renewed = over.signal.aborted ? undefined : await this.#attempt('renew', over.signal);
      if (renewed === false) lose();
      cancel();
      if (!over.signal.aborted) cancel = this.#clock.after(this.#msToRenew(), lose);
    }
    return held;
  }

  #msToRenew(): number {
    return Math.max(0, this.#heldMs + this.#renewDeadlineMs - this.#clock.monotonic());
  }

  /** Answers whether the lease is ours, and undefined when that could not be found out. */
  async #attempt(what: 'acquire' | 'renew', signal: AbortSignal): Promise<boolean | undefined> {
    const startedMs = this.#clock.monotonic();
    try {
      const ours = await this.#lock[what](signal);
      if (ours) this.#heldMs = startedMs;
      this.#announce(this.#lock.holder ?? '');
      return ours;
    } catch (error) {
      if (!signal.aborted) this.#logger.warn({ reason: messageOf(error) }, `could not ${what} the lease`);
      return undefined;
    }
  }

  #announce(leader: string): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    if (leader) this.#options.onNewLeader?.(leader);
  }

  async #release(): Promise<void> {
    try {
      await this.#lock.release(AbortSignal.timeout(this.#renewDeadlineMs));
      this.#announce('');
      this.#logger.info('lease let go');
    } catch (error) {
      this.#logger.warn({ reason: messageOf(error) }, 'the lease could not be let go, it will run out');
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch(() => undefined);
  }
}
