/** The read side of one kind: what is there, what changes, and whether a write has arrived. */
import { type Clock, systemClock } from '../core/clock.js';
import type { CacheChange, CacheReader } from '../kube/cache.js';
import type { Informer } from '../kube/informers.js';
import type { KubeObject, ObjectRef } from '../kube/types.js';

/** One change in the order it was seen. */
export interface FeedEvent<T extends KubeObject> {
  /** The resourceVersion it brought; absent when that says nothing of the order (deletions, lists made again). */
  id?: string;
  object?: T;
  old?: T;
}

export interface FeedOptions {
  /** Events kept for watchers that come back. */
  history?: number;
  clock?: Clock;
}

const HISTORY = 2000;
/** A write that the watch has not brought by then is answered anyway. */
const ARRIVAL_MS = 1000;
/** Longer than the cache of a busy service is behind. */
const SEEN_MS = 60_000;

export class Feed<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #history: FeedEvent<T>[] = [];
  readonly #subscribers = new Set<(event: FeedEvent<T>) => void>();
  #synced = false;
  #lastId = '0';

  constructor(informer: Informer<T>, { history = HISTORY, clock = systemClock }: FeedOptions = {}) {
    this.#informer = informer;
    this.#capacity = history;
    this.#clock = clock;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get objects(): CacheReader<T> {
    return this.#informer.cache;
  }

  /** The resourceVersion of the newest change seen. */
  get resourceVersion(): string {
    return this.#lastId;
  }

  /** Waits for the first list, then records what changes. */
  async start(): Promise<void> {
    await this.#informer.synced;
    let replaying = true;
    this.#informer.cache.onChange((change) => {
      if (replaying) this.#lastId = newest(this.#lastId, versionOf(change));
      else this.#record(change);
    });
    replaying = false;
    this.#synced = true;
  }

  /** Calls `listener` with every later change until the answer is called. */
  subscribe(listener: (event: FeedEvent<T>) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }

  /**
   * What came after the event `id`; undefined when it is not, or no longer, in the history. Only an event that is
   * there counts: a version from before this process began says nothing of what was deleted in between.
   */
  since(id: string): FeedEvent<T>[] | undefined {
    const at = this.#history.findIndex((event) => event.id === id);
    return at < 0 ? undefined : this.#history.slice(at + 1);
  }

  /** The id with which a watcher that knows everything up to now can come back. */
  get resumableId(): string | undefined {
    return this.#history.findLast(({ id }) => id !== undefined)?.id;
  }

  /** Waits, shortly, until a write of ours is in the cache, so that whoever wrote it finds it in lists. */
  arrival(written: T): Promise<void> {
    return this.#until(written, ARRIVAL_MS);
  }

  /** Waits, however far the cache is behind, until a write of ours is in it: for what others must not take before. */
  seen(written: T): Promise<void> {
    return this.#until(written, SEEN_MS);
  }

  async #until(written: T, limitMs: number): Promise<void> {
    if (this.#has(written)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = this.subscribe(() => this.#has(written) && resolve());
    const cancel = this.#clock.after(limitMs, resolve);
    await promise;
    unsubscribe();
    cancel();
  }

  #has(written: T): boolean {
    const ref: ObjectRef = { namespace: written.metadata.namespace, name: written.metadata.name };
    const version = this.objects.get(ref)?.metadata.resourceVersion;
    return version !== undefined && isNewer(version, written.metadata.resourceVersion ?? '0', true);
  }

  #record(change: CacheChange<T>): void {
    const version = versionOf(change);
    const id = change.type !== 'deleted' && isNewer(version, this.#lastId) ? version : undefined;
    this.#lastId = id ?? this.#lastId;
    const object = change.type === 'deleted' ? undefined : change.object;
    const old = change.type === 'added' ? undefined : change.old;
    const event: FeedEvent<T> = { id, object, old };
    this.#history.push(event);
    if (this.#history.length > this.#capacity) this.#history.shift();
    for (const notify of this.#subscribers) notify(event);
  }
}

function versionOf<T extends KubeObject>(change: CacheChange<T>): string {
  const object = change.type === 'deleted' ? change.old : change.object;
  return object.metadata.resourceVersion ?? '0';
}

function newest(a: string, b: string): string {
  return isNewer(b, a) ? b : a;
}

function isNewer(version: string, than: string, orEqual = false): boolean {
  const [a, b] = [BigInt(version), BigInt(than)];
  return orEqual ? a >= b : a > b;
}
