import { BerthError } from '../../core/errors.js';
import type { CacheReader } from '../../kube/cache.js';
import type { KubeClient } from '../../kube/client.js';
import { type Informer, Informers } from '../../kube/informers.js';
import { resources } from '../../kube/resources.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { ownerOf } from '../releases/ownership.js';
import type { HealthFacts } from './health.js';

type Kinded = Pick<KubeObject, 'apiVersion' | 'kind'>;
/** Told that something of an instance changed. */
export type InstanceListener = (instance: string) => void;

/** A pass does not wait for a first list any longer: the next one finds it done, or failed. */
const SYNC_MS = 5_000;
/** A write that the watch has not brought by then is taken for arrived. */
const ARRIVAL_MS = 2_000;
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** One hosted cluster as the reconciler of instances sees it: a connection, and caches of the kinds that are used. */
export class AppCluster {
  readonly #informers: Informers;
  readonly #caches = new Map<string, Informer>();
  /** Namespaces that are being made: the services of an instance need the same one at the same moment. */
  readonly #namespaces = new Map<string, Promise<unknown>>();

  constructor(
    readonly name: string,
    readonly client: KubeClient,
    private readonly changed: InstanceListener,
  ) {
    this.#informers = new Informers(client, { transform: keepOurs });
  }

  /** The cache of a kind, filled. Throws UnknownKind, ClusterUnreachable, ListUnderWay. */
  async cacheOf(kinded: Kinded): Promise<CacheReader<KubeObject>> {
    const resource = await this.client.discovery.resourceOf(kinded);
    const informer = this.#informer(resource);
    await this.#synced(informer);
    return informer.cache;
  }

  /** As `cacheOf`, for a kind that the cluster may have lost: then it has no objects. */
  async watch(kinded: Kinded): Promise<void> {
    try {
      await this.cacheOf(kinded);
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== 'UnknownKind') throw error;
    }
  }

  /** A live object as the caches have it; undefined also when its kind is not watched yet. */
  find({ apiVersion, kind, ...ref }: Kinded & { namespace?: string; name: string }): KubeObject | undefined {
    return this.#caches.get(`${groupOf(apiVersion)}/${kind}`)?.cache.get(ref);
  }

  /** The autoscalers of a namespace, whoever made them. */
  async autoscalers(namespace: string): Promise<KubeObject[]> {
    const informer = this.#informer(resources.HorizontalPodAutoscaler);
    await this.#synced(informer);
    return informer.cache.list(namespace);
  }

  /** Makes a namespace unless it is there. */
  async ensureNamespace(name: string): Promise<void> {
    const namespaces = await this.cacheOf({ apiVersion: 'v1', kind: 'Namespace' });
    if (namespaces.get({ name })) return;
    const making = this.#namespaces.get(name) ?? this.#makeNamespace(name);
    this.#namespaces.set(name, making);
    await making.finally(() => this.#namespaces.delete(name));
  }

  #makeNamespace(name: string): Promise<KubeObject> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    return this.client.apply<KubeObject>(namespace, { fieldManager: 'berth-apps' });
  }

  /** Waits, shortly, until the cache of its kind has an object as it was written. */
  async arrival(written: KubeObject): Promise<void> {
    const cache = await this.cacheOf(written);
    const has = () => isNewEnough(cache.get(written.metadata), written);
    if (has()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = cache.onChange(() => has() && resolve());
    const timer = setTimeout(resolve, ARRIVAL_MS);
    await promise;
    clearTimeout(timer);
    stop();
  }

  /** Deletes an object that was recorded; one of the same name made since stays. Unknown kinds have no objects. */
  async remove(
    entry: Kinded & { namespace?: string; name: string; uid?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const uid = entry.uid ?? this.find(entry)?.metadata.uid;
    const resource = await this.client.discovery.resourceOf(entry);
    await this.client.delete(resource, entry, {
      preconditions: { uid },
      propagationPolicy: 'Background',
      signal,
    });
  }

  /** What health rules ask about the cluster. Storage classes are watched from the first claim on. */
  get facts(): HealthFacts {
    const { cache } = this.#informer(resources.StorageClass);
    return {
      waitsForConsumer: (name) => {
        const classes = cache.list();
        const found = classes.find(({ metadata }) =>
          name === undefined ? metadata.annotations?.[DEFAULT_CLASS] === 'true' : metadata.name === name,
        );
        return found?.['volumeBindingMode'] === 'WaitForFirstConsumer';
      },
    };
  }

  async close(): Promise<void> {
    await this.#informers.close();
    await this.client.close();
  }

  #informer<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const name = `${resource.group}/${resource.kind}`;
    const known = this.#caches.get(name);
    // The map holds informers of many kinds; the name pins the kind, and with it the type.
    if (known) return known as unknown as Informer<T>;
    const informer = this.#informers.informer(resource);
    this.#caches.set(name, informer);
    informer.cache.onChange((change) => {
      if (change.type === 'added' && change.initial) return;
      const objects = [
        change.type === 'added' ? [] : change.old,
        change.type === 'deleted' ? [] : change.object,
      ];
      const owners = objects.flat().map((object) => ownerOf(object)?.instance);
      for (const instance of new Set(owners)) if (instance !== undefined) this.changed(instance);
    });
    return informer;
  }

  async #synced({ synced, resource: { kind }, failure }: Informer): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), SYNC_MS);
    try {
      if ((await Promise.race([synced, late])) !== 'late') return;
      throw failure() === undefined ? underWay(this.name, kind) : unreachable(this.name, kind, failure());
    } finally {
      clearTimeout(timer);
    }
  }
}

function underWay(cluster: string, kind: string): BerthError {
  return new BerthError('ListUnderWay', `Cluster "${cluster}" is still listing its ${kind} objects.`, {
    status: 503,
    transient: true,
    next: 'Wait: it goes on by itself when they are all there.',
  });
}

function unreachable(cluster: string, kind: string, cause: unknown): BerthError {
  return new BerthError(
    'ClusterUnreachable',
    `The API server of cluster "${cluster}" does not list ${kind} objects.`,
    {
      status: 503,
      transient: true,
      next: `See what it waits for: berth cluster describe ${cluster}.`,
      cause,
    },
  );
}

/**
 * Of objects of ours everything but the contents of configs and who else owns fields; of others that they are there.
 * Autoscalers and storage classes are read whoever made them.
 */
function keepOurs(object: KubeObject): KubeObject {
  const { managedFields = [], ...metadata } = object.metadata;
  if (ownerOf(object)) {
    const { data: _data, binaryData: _binary, ...rest } = object;
    const own = managedFields.filter(({ manager }) => manager?.startsWith('berth'));
    return { ...rest, metadata: { ...metadata, managedFields: own } };
  }
  if (['HorizontalPodAutoscaler', 'StorageClass'].includes(object.kind)) return { ...object, metadata };
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = metadata;
  const { apiVersion, kind } = object;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, deletionTimestamp } };
}

function isNewEnough(cached: KubeObject | undefined, written: KubeObject): boolean {
  const { resourceVersion: seen } = cached?.metadata ?? {};
  const { resourceVersion: wanted = '0' } = written.metadata;
  return seen !== undefined && (seen === wanted || BigInt(seen) >= BigInt(wanted));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
