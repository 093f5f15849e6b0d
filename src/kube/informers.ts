import { stableStringify } from '../core/digest.js';
import { Cache, type CacheReader, type CacheTransform } from './cache.js';
import type { KubeClient } from './client.js';
import { Reflector, type ReflectorOptions } from './reflector.js';
import { apiVersionOf } from './resources.js';
import type { KubeObject, Resource, Scope } from './types.js';

export interface InformersOptions extends ReflectorOptions {
  /** What caches keep of an object; only our own managedFields are left unless told. */
  transform?: CacheTransform;
}

/** A cache that is being kept up to date. */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly cache: CacheReader<T>;
  /** Resolves when the first list is in the cache; never, when the set of informers is closed before. */
  readonly synced: Promise<void>;
  /** See Reflector. */
  readonly failure: () => unknown;
}

/** The informers of one cluster: one list and watch for each resource and scope, however many ask for it. */
export class Informers {
  readonly #informers = new Map<string, Informer & { running: Promise<void> }>();
  readonly #stop = new AbortController();

  constructor(
    private readonly client: KubeClient,
    private readonly options: InformersOptions = {},
  ) {}

  /** The informer of a resource and scope; starts it when it is the first to ask. */
  informer<T extends KubeObject>(resource: Resource<T>, scope: Scope = {}): Informer<T> {
    const name = stableStringify([apiVersionOf(resource), resource.kind, scope]);
    const running = this.#informers.get(name);
    // The map holds informers of many types; the name pins the resource, and with it the type.
    if (running) return running as unknown as Informer<T>;
    const cache = new Cache<T>(this.options.transform);
    const reflector = new Reflector(this.client, resource, scope, cache, this.options);
    const { synced } = reflector;
    const failure = () => reflector.failure;
    const informer = { resource, cache, synced, failure, running: reflector.run(this.#stop.signal) };
    this.#informers.set(name, informer);
    return informer;
  }

  /** Waits until every informer asked for so far has its first list. Throws the signal's reason. */
  async synced(signal?: AbortSignal): Promise<void> {
    const all = Promise.all([...this.#informers.values()].map(({ synced }) => synced));
    await (signal ? Promise.race([all, rejectOnAbort(signal)]) : all);
  }

  /** Stops every list and watch; caches keep what they had. The client stays open. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#informers.values()].map(({ running }) => running));
  }
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
