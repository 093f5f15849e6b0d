import { randomBytes } from 'node:crypto';
import { type CancelTimer, type Clock, systemClock } from '../core/clock.js';
import { stableStringify } from '../core/digest.js';
import { messageOf } from '../core/errors.js';
import { type Logger, silentLogger } from '../core/logging.js';
import type { KubeClient } from './client.js';
import { isNotFound } from './kube-error.js';
import { microTime } from './lease-lock.js';
import { resources } from './resources.js';
import type { KubeObject } from './types.js';

export interface EventContent {
  type: 'Normal' | 'Warning';
  /** UpperCamelCase, for machines: `CertificateRenewed`. */
  reason: string;
  /** UpperCamelCase, what was being done: `Reconcile`. */
  action: string;
  /** For people; cut at 1024 characters. */
  note: string;
}

export interface EventRecorderOptions {
  /** `berth.dev/cluster-reconciler` and the like. */
  reportingController: string;
  /** Which of several processes. */
  reportingInstance: string;
  clock?: Clock;
  logger?: Logger;
}

/** One kind of event about one object, told again and again. */
interface Series {
  event: KubeObject;
  /** Times told so far, and how many of them the stored Event knows about. */
  count: number;
  storedCount: number;
  lastMs: number;
}

/** An event told again later than this begins a new Event (client-go's finishTime). */
const SERIES_END_MS = 6 * 60_000;
/** Repetitions are written together once in this time. */
const FLUSH_MS = 10_000;
const MAX_SERIES = 1_000;
const NOTE_LENGTH = 1_024;

/**
 * Tells about objects as Events of events.k8s.io/v1. The same event about the same object becomes a series of one
 * Event. Best effort: failures are logged, and what cannot be written is dropped.
 */
export class EventRecorder {
  readonly #series = new Map<string, Series>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer?: CancelTimer;

  constructor(
    private readonly client: Pick<KubeClient, 'create' | 'patch'>,
    private readonly options: EventRecorderOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Tells something about an object; returns at once. */
  record(regarding: KubeObject, content: EventContent): void {
    const key = this.#keyOf(regarding, content);
    const now = this.#clock.now();
    const running = this.#series.get(key);
    if (running && now - running.lastMs < SERIES_END_MS) {
      running.count++;
      running.lastMs = now;
      this.#schedule();
      return;
    }
    this.#makeRoom(now);
    const series = { event: this.#eventOf(regarding, content, now), count: 1, storedCount: 0, lastMs: now };
    this.#series.set(key, series);
    this.#enqueue(() => this.#create(key, series));
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const series of this.#series.values()) this.#enqueue(() => this.#update(series));
    await this.#writing;
  }

  #schedule(): void {
    this.#cancelTimer ??= this.#clock.after(FLUSH_MS, () => void this.flush());
  }

  /** One write after the other: an update must not overtake its create. */
  #enqueue(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch((error: unknown) => {
      this.#logger.warn({ reason: messageOf(error) }, 'an event could not be written');
    });
  }

  async #create(key: string, series: Series): Promise<void> {
    try {
      await this.client.create(series.event);
      series.storedCount = 1;
    } catch (error) {
      this.#series.delete(key);
      throw error;
    }
  }

  async #update(series: Series): Promise<void> {
    const { count, storedCount, lastMs, event } = series;
    if (storedCount === 0 || count === storedCount) return;
    const patch = { series: { count, lastObservedTime: microTime(lastMs) } };
    series.storedCount = count;
    await this.client.patch(resources.Event, event.metadata, patch).catch((error: unknown) => {
      // The API server forgets events after an hour: the next time begins a new one.
      if (!isNotFound(error)) throw error;
      series.lastMs = Number.NEGATIVE_INFINITY;
    });
  }

  /** Forgets series that are over, and the oldest when there are too many. */
  #makeRoom(now: number): void {
    for (const [key, series] of this.#series) {
      const over = now - series.lastMs >= SERIES_END_MS && series.count === series.storedCount;
      if (over || this.#series.size >= MAX_SERIES) this.#series.delete(key);
    }
  }

  #keyOf({ kind, metadata }: KubeObject, { type, reason, action, note }: EventContent): string {
    return stableStringify([
      kind,
      metadata.namespace,
      metadata.name,
      metadata.uid,
      type,
      reason,
      action,
      note,
    ]);
  }

  #eventOf(regarding: KubeObject, { type, reason, action, note }: EventContent, now: number): KubeObject {
    const { reportingController, reportingInstance } = this.options;
    const { apiVersion, kind, metadata } = regarding;
    const { name, uid, resourceVersion, namespace = 'default' } = metadata;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 200)}.${randomBytes(8).toString('hex')}`, namespace },
      type,
      reason,
      action,
      note: note.slice(0, NOTE_LENGTH),
      eventTime: microTime(now),
      reportingController,
      reportingInstance: reportingInstance.slice(0, 128),
      regarding: { apiVersion, kind, name, namespace: metadata.namespace, uid, resourceVersion },
    };
  }
}
