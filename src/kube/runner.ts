import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../core/clock.js';
import { BerthError, messageOf } from '../core/errors.js';
import { type Logger, silentLogger, withLogContext } from '../core/logging.js';
import { Metrics } from '../core/metrics.js';
import { RunnerMetrics } from './runner-metrics.js';
import type { StepsOutcome } from './steps.js';
import type { WorkItem, WorkQueue } from './work-queue.js';

/**
 * What a reconcile answers:
 * - `done`: nothing more until something changes;
 * - `requeue`: come again after `afterMs`;
 * - `error`: come again with backoff;
 * - `terminal`: wrong until somebody changes the object, no retry.
 */
export type ReconcileResult =
  | { kind: 'done' }
  | { kind: 'requeue'; afterMs: number }
  | { kind: 'error'; error: unknown }
  | { kind: 'terminal'; error: unknown };

export interface ReconcileContext {
  /** Aborted at the timeout, and when a stop does not wait any longer. Pass it to every call. */
  signal: AbortSignal;
  /** Identifies this one reconcile; in every log line of it. */
  id: string;
  logger: Logger;
}

/** Brings the world one step nearer to what the object of a key asks for. May throw: that is an `error`. */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

export interface RunnerOptions {
  /** Label of logs and metrics, such as `cluster`. */
  name: string;
  reconcile: Reconcile;
  queue: WorkQueue;
  /** Keys at once; 1 unless told. */
  concurrency?: number;
  /** For one reconcile; 60 s unless told. */
  timeoutMs?: number;
  clock?: Clock;
  logger?: Logger;
  metrics?: Metrics;
}

export const done: ReconcileResult = { kind: 'done' };

/** Why a reconcile is to end, when its time is over; undefined while it may go on, and when Berth is stopping. */
export function timeoutOf({ reason }: AbortSignal): BerthError | undefined {
  return reason instanceof BerthError && reason.code === 'ReconcileTimeout' ? reason : undefined;
}

/** The result of a reconcile that was a list of steps. */
export function resultOf({ result }: StepsOutcome, clock: Clock = systemClock): ReconcileResult {
  switch (result.kind) {
    case 'failed':
      return { kind: 'error', error: result.error };
    case 'wait':
      return result.untilMs === undefined
        ? done
        : { kind: 'requeue', afterMs: Math.max(0, result.untilMs - clock.now()) };
    case 'continue':
    case 'stop':
      return done;
  }
}

/** Takes keys off a queue and reconciles them. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: RunnerMetrics;
  readonly #timeoutMs: number;
  readonly #active = new Set<AbortController>();
  #workers: Promise<void>[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = (options.logger ?? silentLogger).child({ controller: options.name });
    this.#metrics = new RunnerMetrics(options.metrics ?? new Metrics(), options.name, options.queue);
    this.#timeoutMs = options.timeoutMs ?? 60_000;
  }

  start(): void {
    const { concurrency = 1 } = this.#options;
    this.#metrics.started(concurrency);
    this.#workers = Array.from({ length: concurrency }, () => this.#work());
  }

  /**
   * Takes no more keys and waits for the reconciles under way; after `graceMs` (10 s unless told) their signals are
   * aborted. Resolves when the last has ended.
   */
  async stop(graceMs = 10_000): Promise<void> {
    this.#options.queue.close();
    const cancel = this.#clock.after(graceMs, () => this.#abortAll());
    await Promise.all(this.#workers);
    cancel();
  }

  #abortAll(): void {
    for (const controller of this.#active) controller.abort(new Error('Berth is stopping'));
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let item = await queue.next(); item; item = await queue.next()) {
      const id = randomUUID();
      const { key } = item;
      const running = item;
      await withLogContext({ reconcileID: id, key }, () => this.#process(running, id));
      queue.done(key);
    }
  }

  async #process(item: WorkItem, id: string): Promise<void> {
    const end = this.#metrics.begin(item);
    const result = await this.#reconcile(item.key, id);
    end(result.kind);
    this.#settle(item, result);
  }

  /** Never throws: what a reconciler throws is an error result. */
  async #reconcile(key: string, id: string): Promise<ReconcileResult> {
    const controller = new AbortController();
    const cancel = this.#clock.after(this.#timeoutMs, () => controller.abort(this.#timedOut(key)));
    this.#active.add(controller);
    try {
      return await this.#options.reconcile(key, { signal: controller.signal, id, logger: this.#logger });
    } catch (error) {
      if (!(error instanceof BerthError)) this.#metrics.panicked();
      return { kind: 'error', error };
    } finally {
      cancel();
      this.#active.delete(controller);
    }
  }

  #settle({ key, priority }: WorkItem, result: ReconcileResult): void {
    const { queue } = this.#options;
    switch (result.kind) {
      case 'done':
        return queue.forget(key);
      case 'requeue':
        queue.forget(key);
        return queue.add(key, { priority, afterMs: result.afterMs });
      case 'terminal':
        queue.forget(key);
        return this.#logger.error({ error: result.error }, 'reconcile failed for good');
      case 'error': {
        const retryMs = queue.retry(key, priority);
        const fields = { error: result.error, retryMs: Math.round(retryMs) };
        return this.#logger.warn(fields, `reconcile failed: ${messageOf(result.error)}`);
      }
    }
  }

  #timedOut(key: string): BerthError {
    const message = `${this.#options.name} ${key}: not through within ${this.#timeoutMs / 1000} s`;
    this.#logger.warn(message);
    return new BerthError('ReconcileTimeout', message, { transient: true });
  }
}
