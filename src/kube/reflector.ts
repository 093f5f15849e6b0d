import { type Clock, systemClock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import { type Logger, silentLogger } from '../core/logging.js';
import { type Random, systemRandom } from '../core/random.js';
import { Backoff, type BackoffPolicy } from '../core/retry.js';
import type { Cache } from './cache.js';
import type { KubeClient } from './client.js';
import { isGone } from './kube-error.js';
import { keyOf, type KubeObject, type Resource, type Scope, type WatchEvent } from './types.js';

export interface ReflectorOptions {
  clock?: Clock;
  random?: Random;
  logger?: Logger;
  /** Between attempts when the API server fails; 200 ms to 10 s, doubled by jitter at most, unless told. */
  backoff?: BackoffPolicy;
  /** See WatchOptions.silenceMs. */
  silenceMs?: number;
}

const BACKOFF: BackoffPolicy = { initialMs: 200, maxMs: 10_000, jitter: 1 };
/** The server ends a watch after a random time in this range, so that not all watches come back at once. */
const WATCH_SECONDS = { least: 300, spread: 300 };
/** A watch that held this long was a good one: the next failure starts the backoff anew. */
const HEALTHY_MS = 10_000;

/**
 * Keeps a cache equal to the cluster: list, then watch from there, for ever. It watches on from the last resource
 * version after a failure, and lists again only when the server no longer has that version.
 */
export class Reflector<T extends KubeObject> {
  /** Resolves when the first list is in the cache. */
  readonly synced: Promise<void>;
  readonly #markSynced: () => void;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  readonly #silenceMs?: number;
  /** Where to watch on from; undefined: list first. */
  #resourceVersion?: string;
  #failure?: unknown;

  constructor(
    private readonly client: Pick<KubeClient, 'list' | 'watch'>,
    private readonly resource: Resource<T>,
    private readonly scope: Scope,
    private readonly cache: Cache<T>,
    options: ReflectorOptions = {},
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#markSynced = resolve;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#backoff = new Backoff(options.backoff ?? BACKOFF, this.#random);
    this.#silenceMs = options.silenceMs;
  }

  /** Why the last list or watch failed; undefined when none has since the last one that went well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Runs until the signal is aborted; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const started = this.#clock.monotonic();
      try {
        await this.#listIfNeeded(signal);
        await this.#watch(signal);
      } catch (error) {
        this.#onError(error, signal);
      }
      if (this.#clock.monotonic() - started >= HEALTHY_MS) this.#backoff.reset();
      await this.#clock.sleep(this.#backoff.next(), signal).catch(() => undefined);
    }
  }

  async #listIfNeeded(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion !== undefined) return;
    const { items, resourceVersion } = await this.client.list(this.resource, { ...this.scope, signal });
    this.cache.replaceAll(items);
    this.#resourceVersion = resourceVersion;
    this.#failure = undefined;
    this.#markSynced();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const watch = this.client.watch(this.resource, {
      ...this.scope,
      resourceVersion: this.#resourceVersion ?? '',
      timeoutSeconds: Math.round(WATCH_SECONDS.least + WATCH_SECONDS.spread * this.#random()),
      silenceMs: this.#silenceMs,
      signal,
    });
    for await (const event of watch) this.#accept(event);
  }

  #accept({ type, object }: WatchEvent<T>): void {
    const version = object.metadata.resourceVersion;
    if (version && isOlder(version, this.#resourceVersion)) throw new WentBack(version);
    if (type === 'DELETED') this.cache.remove(keyOf(object));
    else if (type !== 'BOOKMARK') this.cache.put(object);
    if (version) this.#resourceVersion = version;
    this.#failure = undefined;
    this.#backoff.reset();
  }

  #onError(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { kind } = this.resource;
    if (isGone(error) || error instanceof WentBack) {
      this.#resourceVersion = undefined;
      this.#logger.info({ kind, reason: messageOf(error) }, 'listing again');
      return;
    }
    this.#failure = error;
    this.#logger.warn({ kind, reason: messageOf(error) }, 'list or watch failed, trying again');
  }
}

/** The cluster's history is behind ours: its etcd was restored from a snapshot. */
class WentBack extends Error {
  constructor(version: string) {
    super(`the cluster went back to resource version ${version}`);
  }
}

/** Resource versions are comparable numbers since Kubernetes 1.35; they always were for etcd. */
function isOlder(version: string, than: string | undefined): boolean {
  const digits = /^\d+$/;
  return than !== undefined && digits.test(version) && digits.test(than) && BigInt(version) < BigInt(than);
}
