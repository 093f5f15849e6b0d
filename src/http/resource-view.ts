/** Reading one kind through the API: pages, filters, single objects, watches. */
import { StreamableFile } from '@nestjs/common';
import { authorize } from '../access/decide.js';
import type { Identity } from '../access/identity.js';
import { BerthError } from '../core/errors.js';
import type { KubeClient } from '../kube/client.js';
import type { KubeObject, ObjectRef, Resource } from '../kube/types.js';
import { API_VERSION } from '../model/names.js';
import type { EventStreams, WatchRequest } from './event-stream.js';
import type { Feed } from './feed.js';
import { labelSelector } from '../core/label-selector.js';
import { pageOf } from './paging.js';
import type { ListQuery, WatchQuery } from './schemas.js';

export interface ListAnswer<T> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount: number };
  items: T[];
}

export interface ResourceViewOptions<T extends KubeObject> {
  resource: Resource<T>;
  feed: Feed<T>;
  client: Pick<KubeClient, 'find'>;
  streams: EventStreams;
  /** The texts of an object in which `q` is looked for. */
  searched: (object: T) => readonly (string | undefined)[];
}

/** What a list or watch is narrowed to. */
export interface Narrowing<T extends KubeObject> {
  matches?: (object: T) => boolean;
  namespace?: string;
  lastEventId?: string;
}

export class ResourceView<T extends KubeObject> {
  readonly #options: ResourceViewOptions<T>;

  constructor(options: ResourceViewOptions<T>) {
    this.#options = options;
  }

  get feed(): Feed<T> {
    return this.#options.feed;
  }

  /** A page of what matches, or with `watch` the events of what matches. */
  list(caller: Identity, query: ListQuery, narrowing: Narrowing<T> = {}): ListAnswer<T> | StreamableFile {
    const { resource, feed } = this.#options;
    authorize(caller, query.watch ? 'watch' : 'list', { resource: resource.plural });
    this.#requireSynced();
    const matches = this.#matcher(query, narrowing);
    if (query.watch) return this.#stream({ matches, lastEventId: narrowing.lastEventId });
    const { limit, continue: token, watch: _, ...filter } = query;
    const page = pageOf(feed.objects.list().filter(matches), { limit, token, filter });
    return {
      apiVersion: API_VERSION,
      kind: `${resource.kind}List`,
      metadata: {
        resourceVersion: feed.resourceVersion,
        ...(page.continue && { continue: page.continue }),
        remainingItemCount: page.remaining,
      },
      items: page.items.map(present),
    };
  }

  /** One object, or with `watch` its changes. Throws `<Kind>NotFound` (404). */
  show(
    caller: Identity,
    ref: ObjectRef,
    { watch }: WatchQuery,
    lastEventId?: string,
  ): Promise<T | StreamableFile> {
    return watch ? this.watch(caller, ref, lastEventId) : this.get(caller, ref);
  }

  /** One object as it is stored now. Throws `<Kind>NotFound` (404). */
  async get(caller: Identity, ref: ObjectRef): Promise<T> {
    authorize(caller, 'get', { resource: this.#options.resource.plural, name: ref.name });
    return present(await this.read(ref));
  }

  /** The changes of one object, until it is deleted. Throws `<Kind>NotFound` (404). */
  async watch(caller: Identity, ref: ObjectRef, lastEventId: string | undefined): Promise<StreamableFile> {
    authorize(caller, 'watch', { resource: this.#options.resource.plural, name: ref.name });
    this.#requireSynced();
    await this.#options.feed.arrival(await this.read(ref));
    return this.#stream({
      matches: ({ metadata }) => metadata.name === ref.name && metadata.namespace === ref.namespace,
      lastEventId,
      endWhenDeleted: true,
    });
  }

  /** Every object, for code that decides by what is there and what is not. Throws NotSynced (503). */
  all(): T[] {
    this.#requireSynced();
    return this.#options.feed.objects.list();
  }

  /** As `get`, for code that has asked for permission itself. */
  async read(ref: ObjectRef): Promise<T> {
    const { client, resource } = this.#options;
    const found = await client.find(resource, ref);
    if (found) return found;
    throw new BerthError(`${resource.kind}NotFound`, `There is no ${resource.kind} "${ref.name}".`, {
      status: 404,
      next: `List what is there: GET /api/v1/${PATHS[resource.kind] ?? resource.plural}.`,
    });
  }

  #matcher(query: ListQuery, { matches = () => true, namespace }: Narrowing<T>): (object: T) => boolean {
    const bySelector = labelSelector(query.labelSelector);
    const wanted = query.q.toLowerCase();
    const { searched } = this.#options;
    const byText = (object: T) =>
      wanted === '' || searched(object).some((text) => text?.toLowerCase().includes(wanted));
    const isThere = ({ metadata }: T) => namespace === undefined || metadata.namespace === namespace;
    return (object) =>
      isThere(object) && matches(object) && bySelector(object.metadata.labels) && byText(object);
  }

  #stream(request: Omit<WatchRequest<T>, 'present'>): StreamableFile {
    const { streams, feed } = this.#options;
    return new StreamableFile(streams.open(feed, { ...request, present }), { type: 'text/event-stream' });
  }

  #requireSynced(): void {
    if (this.#options.feed.synced) return;
    throw new BerthError('NotSynced', 'This process has not read all objects of the meta-cluster yet.', {
      status: 503,
      transient: true,
      next: 'Try again in a moment.',
    });
  }
}

/** Where a kind is served, when that is not its plural. */
const PATHS: Record<string, string> = {
  ControlPlaneVersion: 'versions',
  FleetUpgrade: 'fleet-upgrades',
  Template: 'tenants/{tenant}/templates',
  Config: 'tenants/{tenant}/configs',
  Application: 'tenants/{tenant}/applications',
};

/** An object as callers see it: without the bookkeeping of who set which field. */
export function present<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
