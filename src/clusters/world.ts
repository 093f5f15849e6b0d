import { BerthError } from '../core/errors.js';
import { retry } from '../core/retry.js';
import { ensureApplied } from '../kube/ensure-applied.js';
import type { CacheReader } from '../kube/cache.js';
import type { KubeClient } from '../kube/client.js';
import type { Informers } from '../kube/informers.js';
import { apiVersionOf, customResource, pathOf, resources } from '../kube/resources.js';
import { isForbidden, isNotFound } from '../kube/kube-error.js';
import type { KubeObject, ObjectRef, Resource, Scope } from '../kube/types.js';
import { berthResources } from '../model/kinds.js';
import { labels } from '../model/names.js';
import { controllerRevision } from './pinning.js';

const IngressRouteTCP = customResource('traefik.io/v1alpha1', {
  kind: 'IngressRouteTCP',
  plural: 'ingressroutetcps',
});

const BACKOFF = { initialMs: 200, maxMs: 5_000 };

const ours: Scope = { labelSelector: `${labels.managedBy}=berth` };

/** What the reconciler reads: our own kinds whole, of all else only what carries our label. */
const watched: readonly (readonly [Resource, Scope?])[] = [
  [berthResources.Cluster],
  [berthResources.Plan],
  [berthResources.ControlPlaneVersion],
  [berthResources.Tenant],
  [berthResources.Operation],
  [berthResources.Backup],
  [berthResources.FleetUpgrade],
  [resources.Node],
  [resources.Namespace, ours],
  [resources.Secret, ours],
  [resources.ConfigMap, ours],
  [resources.Service, ours],
  [resources.ServiceAccount, ours],
  [resources.Pod, ours],
  [resources.Deployment, ours],
  [resources.StatefulSet, ours],
  [resources.PodDisruptionBudget, ours],
  [resources.NetworkPolicy, ours],
  [resources.Ingress, ours],
  [controllerRevision, ours],
];

/** Kinds that a meta-cluster may or may not serve. */
const optional: readonly (readonly [Resource, Scope?])[] = [
  [resources.Gateway],
  [resources.TLSRoute, ours],
  [IngressRouteTCP, ours],
];

/** Told that something changed that a cluster may care about. `initial`: it came with a list, there is no hurry. */
export type WorldListener = (change: { resource: Resource; object: KubeObject; initial: boolean }) => void;

/** The meta-cluster as the caches have it, and the way to change it. */
export class ClusterWorld {
  readonly #watched = new Map<string, { resource: Resource; cache: CacheReader<KubeObject> }>();

  private constructor(private readonly client: KubeClient) {}

  /** Starts the informers and waits for their first lists. Throws the signal's reason. */
  static async open(client: KubeClient, informers: Informers, signal: AbortSignal): Promise<ClusterWorld> {
    const world = new ClusterWorld(client);
    const served = await Promise.all(
      optional.map(async (entry) => ((await isServed(client, entry[0], signal)) ? [entry] : [])),
    );
    for (const [resource, scope] of [...watched, ...served.flat()]) {
      const { cache } = informers.informer(resource, scope);
      world.#watched.set(idOf(resource), { resource, cache });
    }
    await informers.synced(signal);
    return world;
  }

  /** Whether the meta-cluster serves this kind and we watch it. */
  knows(resource: Resource): boolean {
    return this.#watched.has(idOf(resource));
  }

  find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    return this.#cache(resource).get(ref) as T | undefined;
  }

  /** The live object of the same kind and name. */
  findObject({ apiVersion, kind, metadata }: KubeObject): KubeObject | undefined {
    return this.#watched.get(`${apiVersion} ${kind}`)?.cache.get(metadata);
  }

  /** IPs under which NodePorts answer: the internal address of every node, by the nodes' names. */
  nodeAddresses(): string[] {
    return this.list(resources.Node)
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .flatMap(
        ({ status }) => (status?.addresses ?? []).find(({ type }) => type === 'InternalIP')?.address ?? [],
      );
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[] {
    return this.#cache(resource).list(namespace) as T[];
  }

  /** Everything of a namespace that carries our label, but for pods and our own kinds. */
  *owned(namespace: string): Generator<KubeObject> {
    for (const [resource, scope] of [...watched, ...optional]) {
      if (scope !== ours || resource === resources.Pod || !this.knows(resource)) continue;
      yield* this.list(resource, namespace);
    }
  }

  /** Makes an object what it shall be; sends nothing when it already is. Gives back what is live. */
  async ensure<T extends KubeObject>(desired: T, fieldManager: string): Promise<T> {
    const cache = this.#cache(this.#resourceOf(desired));
    const { object } = await ensureApplied(this.client, cache, desired, { fieldManager });
    return object as T;
  }

  /** Deletes this very object; one of the same name made since stays. */
  async remove(object: KubeObject): Promise<void> {
    const resource = this.#resourceOf(object);
    const { uid } = object.metadata;
    await this.client.delete(resource, object.metadata, {
      preconditions: { uid },
      propagationPolicy: 'Background',
    });
  }

  onChange(listener: WorldListener): () => void {
    const stops = [...this.#watched.values()].map(({ resource, cache }) =>
      cache.onChange((change) => {
        const object = change.type === 'deleted' ? change.old : change.object;
        listener({ resource, object, initial: change.type === 'added' && change.initial });
      }),
    );
    return () => stops.forEach((stop) => stop());
  }

  #resourceOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Resource {
    const known = this.#watched.get(`${apiVersion} ${kind}`);
    if (known) return known.resource;
    throw new BerthError('KindNotServed', `the meta-cluster does not serve ${kind} (${apiVersion})`, {
      next: `Install what serves ${kind} and restart Berth, or choose another exposure.`,
    });
  }

  #cache(resource: Resource): CacheReader<KubeObject> {
    const known = this.#watched.get(idOf(resource));
    if (!known) throw new Error(`${resource.kind} is not watched`);
    return known.cache;
  }
}

function idOf(resource: Resource): string {
  return `${apiVersionOf(resource)} ${resource.kind}`;
}

const isPassing = (error: unknown) => error instanceof BerthError && error.transient;

/**
 * Asked of the API server itself: discovery knows the built-in table without asking. It is asked until it answers: what
 * is not served now is missing for as long as this process leads.
 */
async function isServed(client: KubeClient, resource: Resource, signal: AbortSignal): Promise<boolean> {
  const ask = () => client.text({ method: 'GET', path: pathOf(resource), query: { limit: 1 }, signal });
  try {
    await retry(ask, { backoff: BACKOFF, retryable: isPassing, signal });
    return true;
  } catch (error) {
    if (isNotFound(error) || isForbidden(error)) return false;
    throw error;
  }
}
