import type { Connection } from './connection.js';
import { Discovery } from './discovery.js';
import { isAlreadyExists, isGone, isNotFound } from './kube-error.js';
import { type CallOptions, fetchPage, type ListOptions, type Page, scopeQuery } from './list.js';
import { isConfidential, pathOf } from './resources.js';
import { rowsOf, TABLE_TYPE, type TableRow } from './table.js';
import { labelOf, type Query, Transport, type TransportOptions, type TransportRequest } from './transport.js';
import type { KubeList, KubeObject, ObjectRef, Resource, Scope, WatchEvent } from './types.js';
import { linesOf, watchEvents } from './watch.js';

export interface WriteOptions extends CallOptions {
  fieldManager?: string;
  /** Validate and default, but store nothing. */
  dryRun?: boolean;
  subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Take fields over from other managers; true unless told, as reconcilers must. */
  force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** `merge` unless told; custom resources know no `strategic`. */
  type?: keyof typeof PATCH_TYPES;
}

export interface DeleteOptions extends CallOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export interface WatchOptions extends Scope {
  /** Where to begin: what a list returned. */
  resourceVersion: string;
  /** The server ends the watch after this; the server's 30–60 minutes unless told. */
  timeoutSeconds?: number;
  /** The connection is taken for dead when nothing, not even a bookmark, came for this long; 90 s unless told. */
  silenceMs?: number;
  signal?: AbortSignal;
}

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;
const APPLY_TYPE = 'application/apply-patch+yaml';
const SILENCE_MS = 90_000;

/**
 * The API of one cluster in raw JSON: fields that no model knows survive. Every method throws KubeError
 * (kube-error.ts has the predicates) or, when aborted, the signal's reason.
 */
export class KubeClient {
  readonly discovery = new Discovery((path) => this.#transport.json({ method: 'GET', path }));
  readonly #transport: Transport;

  constructor(
    readonly connection: Connection,
    options: TransportOptions = {},
  ) {
    this.#transport = new Transport(connection, options);
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T> {
    const path = pathOf(resource, ref.namespace, ref.name);
    return this.#object<T>(resource, { method: 'GET', path, ...options });
  }

  /** As `get`, but undefined when there is no such object. */
  async find<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    return this.get(resource, ref, options).catch(unlessNotFound);
  }

  /** All objects of a scope as they were at one moment: `resourceVersion`. */
  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    try {
      for (let token: string | undefined = ''; token !== undefined;) {
        const page: Page<T> = await fetchPage(this.#transport, resource, options, token);
        items.push(...page.items);
        ({ resourceVersion, next: token } = page);
      }
      return { items, resourceVersion };
    } catch (error) {
      if (!isGone(error) || items.length === 0) throw error;
      // Compacted between two pages: the pages would not fit together any more, one without limit does.
      return fetchPage(this.#transport, resource, { ...options, limit: 0 }, '');
    }
  }

  /**
   * The objects of a scope, a page at a time. A list that expires midway goes on from where it was with what is
   * there by then, so objects may be from different moments.
   */
  async *pages<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): AsyncGenerator<T[]> {
    let token: string | undefined = '';
    while (token !== undefined) {
      let page: Page<T>;
      try {
        page = await fetchPage(this.#transport, resource, options, token);
      } catch (error) {
        if (!isGone(error) || !error.continueToken) throw error;
        token = error.continueToken;
        continue;
      }
      token = page.next;
      yield page.items;
    }
  }

  /** What the printer columns show of the objects of a scope, without the objects: for lists of large ones. */
  async table(resource: Resource, options: Scope & CallOptions = {}): Promise<TableRow[]> {
    const { namespace, signal, timeoutMs } = options;
    const request: TransportRequest = {
      method: 'GET',
      path: pathOf(resource, namespace),
      query: scopeQuery(options),
      headers: { accept: TABLE_TYPE },
      signal,
      timeoutMs,
    };
    return rowsOf(await this.#transport.json(request));
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const resource = await this.#resourceOf(object);
    const path = pathOf(resource, object.metadata.namespace);
    return this.#write(resource, { method: 'POST', path, body: JSON.stringify(object) }, options);
  }

  /** Creates an object unless there is one of its name: then it answers undefined, and that one stays as it is. */
  async createOnce<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T | undefined> {
    try {
      return await this.create(object, options);
    } catch (error) {
      if (isAlreadyExists(error)) return undefined;
      throw error;
    }
  }

  /** Replaces an object; refused with Conflict when its resourceVersion is set and no longer the newest. */
  async replace<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const resource = await this.#resourceOf(object);
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name, options.subresource);
    return this.#write(resource, { method: 'PUT', path, body: JSON.stringify(object) }, options);
  }

  /** Server-side apply: creates the object or sets exactly the fields given, and drops those given before. */
  async apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<T> {
    const resource = await this.#resourceOf(object);
    const { managedFields: _, ...metadata } = object.metadata;
    const request: TransportRequest = {
      method: 'PATCH',
      path: pathOf(resource, metadata.namespace, metadata.name, options.subresource),
      query: { force: options.force ?? true },
      headers: { 'content-type': APPLY_TYPE },
      body: JSON.stringify({ ...object, metadata }),
    };
    return this.#write(resource, request, options);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const request: TransportRequest = {
      method: 'PATCH',
      path: pathOf(resource, ref.namespace, ref.name, options.subresource),
      headers: { 'content-type': PATCH_TYPES[options.type ?? 'merge'] },
      body: JSON.stringify(patch),
    };
    return this.#write(resource, request, options);
  }

  /** Answers false when there was no such object. It may live on for a while: finalizers, grace period. */
  async delete(resource: Resource, ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const path = pathOf(resource, ref.namespace, ref.name);
    const answer = await this.#transport.json(deletion(resource, path, options)).catch(unlessNotFound);
    return answer !== undefined;
  }

  /** Deletes every object of a scope. */
  async deleteCollection(resource: Resource, scope: Scope, options: DeleteOptions = {}): Promise<void> {
    const request = deletion(resource, pathOf(resource, scope.namespace), options);
    await this.#transport.json({ ...request, query: scopeQuery(scope) });
  }

  /** Events from a resource version on; returns when the server ends the watch or the signal is aborted. */
  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const { signal, resourceVersion, timeoutSeconds } = options;
    const request: TransportRequest = {
      method: 'GET',
      path: pathOf(resource, options.namespace),
      query: {
        ...scopeQuery(options),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        timeoutSeconds,
      },
      signal,
      confidential: isConfidential(resource),
    };
    try {
      const chunks = await this.#transport.stream(request, options.silenceMs ?? SILENCE_MS);
      yield* watchEvents<T>(labelOf(request), linesOf(chunks));
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** A long answer as its bytes come, such as a log. Nothing may come for a while: only `signal` ends it early. */
  async stream(request: TransportRequest): Promise<AsyncIterable<Buffer>> {
    return this.#transport.stream(request, 0);
  }

  /** The text of an answer, for what is no object, such as /metrics. Throws KubeError for every status but 2xx. */
  async text(request: TransportRequest): Promise<string> {
    return this.#transport.text(request);
  }

  /** A request as it is: any status is an answer. For /readyz and the like. */
  async raw(request: TransportRequest) {
    return this.#transport.send(request);
  }

  /** Breaks off what is under way, and closes the connections. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #resourceOf<T extends KubeObject>(object: T): Promise<Resource<T>> {
    return (await this.discovery.resourceOf(object)) as Resource<T>;
  }

  async #object<T extends KubeObject>(resource: Resource<T>, request: TransportRequest): Promise<T> {
    return (await this.#transport.json({ ...request, confidential: isConfidential(resource) })) as T;
  }

  async #write<T extends KubeObject>(
    resource: Resource<T>,
    request: TransportRequest,
    { fieldManager, dryRun, signal, timeoutMs }: WriteOptions,
  ): Promise<T> {
    const query: Query = { ...request.query, fieldManager, dryRun: dryRun ? 'All' : undefined };
    const headers = { 'content-type': 'application/json', ...request.headers };
    return this.#object(resource, { ...request, query, headers, signal, timeoutMs });
  }
}

function deletion(resource: Resource, path: string, options: DeleteOptions): TransportRequest {
  const { signal, timeoutMs, dryRun, ...rest } = options;
  return {
    method: 'DELETE',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...rest,
      dryRun: dryRun ? ['All'] : undefined,
    }),
    signal,
    timeoutMs,
    confidential: isConfidential(resource),
  };
}

function unlessNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
