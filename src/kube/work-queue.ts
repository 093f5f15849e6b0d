import TinyQueue from 'tinyqueue';
import { type CancelTimer, type Clock, systemClock } from '../core/clock.js';
import { type Random, systemRandom } from '../core/random.js';
import { backoffDelay, type BackoffPolicy } from '../core/retry.js';

/** Higher goes first. */
export const PRIORITY = {
  /** The first list after a start, and resyncs: a user's change must not wait behind them. */
  low: -100,
  normal: 0,
} as const;

export interface AddOptions {
  /** PRIORITY.normal unless told. */
  priority?: number;
  /** Not before so many milliseconds; at once unless told. */
  afterMs?: number;
}

/** A key handed to a worker; give it back with `done`. */
export interface WorkItem {
  key: string;
  priority: number;
  /** When it was handed out and how long it had been ready then, milliseconds. */
  waitedMs: number;
}

export interface WorkQueueOptions {
  clock?: Clock;
  random?: Random;
  /** For `retry`; controller-runtime's 5 ms to 1000 s would be too slow for people: 50 ms to 30 s unless told. */
  backoff?: BackoffPolicy;
  /**
   * How long a key that a worker is through with rests before it comes again, milliseconds; 0 unless told. What the
   * worker wrote comes back as events; they are one reason to look again, not one each.
   */
  restMs?: number;
}

/** A key that waits. An entry that another one superseded stays in the heaps and is skipped there. */
interface Entry {
  key: string;
  priority: number;
  readyAt: number;
  /** Order of adding, so that equals leave in the order they came. */
  order: number;
}

const BACKOFF: BackoffPolicy = { initialMs: 50, maxMs: 30_000, jitter: 0.2 };
/** A timer for longer (24.8 days) goes off at once in Node. One that is early only looks, and sets the next. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A queue of keys for workers. Invariants: a key waits at most once; a key is with at most one worker; a key added
 * while a worker has it waits until that worker is done, and then comes again. Adding a waiting key again raises
 * its priority and brings its time forward, never the reverse.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoff: BackoffPolicy;
  /** The live entry of every waiting key, also of those a worker has at the moment. */
  readonly #waiting = new Map<string, Entry>();
  readonly #delayed = new TinyQueue<Entry>([], (a, b) => a.readyAt - b.readyAt);
  readonly #ready = new TinyQueue<Entry>([], (a, b) => b.priority - a.priority || a.order - b.order);
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #restMs: number;
  /** Until when keys rest, in the order in which that ends. */
  readonly #resting = new Map<string, number>();
  readonly #takers: ((item: WorkItem | undefined) => void)[] = [];
  #order = 0;
  #closed = false;
  #cancelTimer?: CancelTimer;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#backoff = options.backoff ?? BACKOFF;
    this.#restMs = options.restMs ?? 0;
  }

  /** Keys that wait, whether ready or not. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Keys that workers have. */
  get processing(): number {
    return this.#processing.size;
  }

  add(key: string, { priority = PRIORITY.normal, afterMs = 0 }: AddOptions = {}): void {
    if (this.#closed) return;
    const readyAt = Math.max(this.#clock.monotonic() + Math.max(0, afterMs), this.#resting.get(key) ?? 0);
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.priority >= priority && waiting.readyAt <= readyAt) return;
    const added: Entry = { key, priority, readyAt, order: this.#order++ };
    const entry = waiting ? nearer(waiting, added) : added;
    this.#waiting.set(key, entry);
    if (!this.#processing.has(key)) this.#delayed.push(entry);
    this.#dispatch();
  }

  /** Adds the key after its backoff, which grows with every call until `forget`. Answers the delay, milliseconds. */
  retry(key: string, priority: number = PRIORITY.normal): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const afterMs = backoffDelay(this.#backoff, failures, this.#random);
    this.add(key, { priority, afterMs });
    return afterMs;
  }

  /** The key's next `retry` starts its backoff anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often the key was retried since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next ready key, as soon as there is one; undefined when the queue is closed. */
  async next(): Promise<WorkItem | undefined> {
    if (this.#closed) return undefined;
    const { promise, resolve } = Promise.withResolvers<WorkItem | undefined>();
    this.#takers.push(resolve);
    this.#dispatch();
    return promise;
  }

  /** The worker is through with the key. */
  done(key: string): void {
    this.#processing.delete(key);
    const restedAt = this.#rest(key);
    const again = this.#waiting.get(key);
    if (again) {
      again.readyAt = Math.max(again.readyAt, restedAt);
      this.#delayed.push(again);
    }
    this.#dispatch();
  }

  /** Answers when the key will have rested. */
  #rest(key: string): number {
    if (this.#restMs === 0) return 0;
    const now = this.#clock.monotonic();
    for (const [rested, until] of this.#resting) {
      if (until > now) break;
      this.#resting.delete(rested);
    }
    this.#resting.delete(key);
    this.#resting.set(key, now + this.#restMs);
    return now + this.#restMs;
  }

  /** Drops what waits and sends every worker home; those at work go on to their `done`. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#waiting.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  /** Hands ready keys to takers, then sets the timer for the next delayed one. */
  #dispatch(): void {
    if (this.#closed) return;
    this.#promote();
    while (this.#takers.length > 0) {
      const entry = this.#popReady();
      if (!entry) break;
      this.#handOut(entry);
    }
    this.#setTimer();
  }

  /** Moves entries whose time has come from the delayed to the ready ones. */
  #promote(): void {
    const now = this.#clock.monotonic();
    for (let first = this.#delayed.peek(); first && first.readyAt <= now; first = this.#delayed.peek()) {
      this.#delayed.pop();
      if (this.#isLive(first)) this.#ready.push(first);
    }
  }

  #popReady(): Entry | undefined {
    let entry = this.#ready.pop();
    while (entry && !this.#isLive(entry)) entry = this.#ready.pop();
    return entry;
  }

  #isLive(entry: Entry): boolean {
    return this.#waiting.get(entry.key) === entry && !this.#processing.has(entry.key);
  }

  #handOut({ key, priority, readyAt }: Entry): void {
    this.#waiting.delete(key);
    this.#processing.add(key);
    this.#takers.shift()?.({ key, priority, waitedMs: this.#clock.monotonic() - readyAt });
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const first = this.#delayed.peek();
    if (!first || this.#takers.length === 0) return;
    const inMs = Math.max(1, Math.ceil(first.readyAt - this.#clock.monotonic()));
    this.#cancelTimer = this.#clock.after(Math.min(inMs, LONGEST_TIMER_MS), () => this.#dispatch());
  }
}

/** What two entries of a key come to: the higher priority, the earlier time, the older place. */
function nearer(one: Entry, other: Entry): Entry {
  return {
    key: one.key,
    priority: Math.max(one.priority, other.priority),
    readyAt: Math.min(one.readyAt, other.readyAt),
    order: Math.min(one.order, other.order),
  };
}
