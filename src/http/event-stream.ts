/** Watches as server-sent events: what is there, then every change, until the client or the process goes; and other long texts. */
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BerthError } from '../core/errors.js';
import { type Clock, systemClock } from '../core/clock.js';
import type { KubeObject } from '../kube/types.js';
import type { Feed, FeedEvent } from './feed.js';

/**
 * One event, as in a Kubernetes watch. BOOKMARK: all that was there has been sent. RESET: the Last-Event-ID is too
 * old, forget what you know, everything follows.
 */
export type StreamEvent<T> =
  { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T } | { type: 'BOOKMARK' | 'RESET' };

export interface WatchRequest<T extends KubeObject> {
  /** Which objects the watcher wants. */
  matches: (object: T) => boolean;
  /** How an object is shown. */
  present: (object: T) => unknown;
  /** Last-Event-ID of a watcher that comes back. */
  lastEventId?: string;
  /** End after a DELETED: the watch is about one object. */
  endWhenDeleted?: boolean;
}

/** Changes that may wait for a slow reader; one that falls behind further is cut off and comes back. */
const MAX_PENDING = 1000;
const MAX_STREAMS = 1000;
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1000;

/** All open watches of the process, so that they end when it stops. */
export class EventStreams {
  readonly #open = new Set<AbortController>();
  #draining = false;

  constructor(private readonly clock: Clock = systemClock) {}

  get size(): number {
    return this.#open.size;
  }

  /** The bytes of a watch. Throws Draining or TooManyWatches (503). */
  open<T extends KubeObject>(feed: Feed<T>, request: WatchRequest<T>): Readable {
    return this.follow((stop) => this.#text(feed, request, stop));
  }

  /** The bytes of any text that may go on for ever. `stop` is aborted when its reader goes, or the process. Throws as `open`. */
  follow(text: (stop: AbortSignal) => AsyncIterable<string>): Readable {
    if (this.#draining) throw unavailable('Draining', 'This process is stopping.');
    if (this.#open.size >= MAX_STREAMS) throw unavailable('TooManyWatches', 'Too many watches are open.');
    const stop = new AbortController();
    this.#open.add(stop);
    // The generator waits for events and would learn of a closed connection at the next one only; this end of it
    // is told at once.
    const stream = new PassThrough();
    stream.once('close', () => {
      this.#open.delete(stop);
      stop.abort();
    });
    // A client that goes away in the middle is nothing to report.
    pipeline(text(stop.signal), stream).catch(() => undefined);
    return stream;
  }

  /** Ends every watch, after what is already under way to it. */
  drain(): void {
    this.#draining = true;
    for (const stop of this.#open) stop.abort();
  }

  async *#text<T extends KubeObject>(
    feed: Feed<T>,
    request: WatchRequest<T>,
    stop: AbortSignal,
  ): AsyncGenerator<string> {
    const pending = new Pending<FeedEvent<T>>(stop, this.clock);
    const unsubscribe = feed.subscribe((event) => pending.push(event));
    // Taken in the same turn as the subscription: nothing is missed between the two, and nothing comes twice.
    const start = beginning(feed, request);
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      for (const { event, id } of start) yield message(event, request, id);
      let writtenMs = this.clock.monotonic();
      for (;;) {
        // Changes that this watcher does not see are silence, too.
        const silentForMs = () => this.clock.monotonic() - writtenMs;
        const event = await pending.next(Math.max(0, HEARTBEAT_MS - silentForMs()));
        if (event === 'end') return;
        const shown = event === 'silence' ? undefined : changeFor(event, request);
        if (!shown && silentForMs() < HEARTBEAT_MS) continue;
        yield shown && event !== 'silence' ? message(shown, request, event.id) : ': still here\n\n';
        writtenMs = this.clock.monotonic();
        if (shown?.type === 'DELETED' && request.endWhenDeleted) return;
      }
    } finally {
      unsubscribe();
    }
  }
}

interface Sent<T> {
  event: StreamEvent<T>;
  id?: string;
}

/** What the watcher has missed, or else all there is. */
function beginning<T extends KubeObject>(feed: Feed<T>, request: WatchRequest<T>): Sent<T>[] {
  const { lastEventId } = request;
  const missed = lastEventId === undefined ? undefined : feed.since(lastEventId);
  if (missed) {
    return missed.flatMap((change) => {
      const event = changeFor(change, request);
      return event ? [{ event, id: change.id }] : [];
    });
  }
  const reset: Sent<T>[] = lastEventId === undefined ? [] : [{ event: { type: 'RESET' } }];
  const objects = feed.objects.list().filter(request.matches);
  const added = objects.map((object): Sent<T> => ({ event: { type: 'ADDED', object } }));
  return [...reset, ...added, { event: { type: 'BOOKMARK' }, id: feed.resumableId }];
}

/** What a change is to a watcher: an object that stops matching is gone for it. */
function changeFor<T extends KubeObject>(
  { object, old }: FeedEvent<T>,
  { matches }: WatchRequest<T>,
): StreamEvent<T> | undefined {
  const is = object !== undefined && matches(object);
  const was = old !== undefined && matches(old);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  return was ? { type: 'DELETED', object: object ?? old } : undefined;
}

function message<T extends KubeObject>(
  event: StreamEvent<T>,
  { present }: WatchRequest<T>,
  id?: string,
): string {
  const data = 'object' in event ? { type: event.type, object: present(event.object) } : event;
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function unavailable(code: string, sentence: string): BerthError {
  return new BerthError(code, sentence, {
    status: 503,
    transient: true,
    next: 'Try again in a moment.',
  });
}

/** What waits for one slow reader. Ends by itself when too much waits. */
class Pending<E> {
  readonly #events: E[] = [];
  #wake: (() => void) | undefined;
  #overflow = false;

  constructor(
    private readonly stop: AbortSignal,
    private readonly clock: Clock,
  ) {
    stop.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  push(event: E): void {
    if (this.#events.length >= MAX_PENDING) this.#overflow = true;
    else this.#events.push(event);
    this.#wake?.();
  }

  /** The next event, `silence` when none came for `ms`, `end` when the stream is over. */
  async next(ms: number): Promise<E | 'silence' | 'end'> {
    if (this.#isIdle()) await this.#wait(ms);
    if (this.#overflow || this.stop.aborted) return 'end';
    return this.#events.shift() ?? 'silence';
  }

  #isIdle(): boolean {
    return this.#events.length === 0 && !this.#overflow && !this.stop.aborted;
  }

  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.clock.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    cancel();
  }
}
