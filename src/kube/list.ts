import { apiVersionOf, isConfidential, pathOf } from './resources.js';
import type { Query, Transport } from './transport.js';
import type { KubeList, KubeObject, Resource, Scope } from './types.js';

export interface CallOptions {
  signal?: AbortSignal;
  /** For this call; the client's own unless told. */
  timeoutMs?: number;
}

export interface ListOptions extends CallOptions, Scope {
  /** Objects a page; 500 unless told, 0 for all in one. */
  limit?: number;
}

/** One page of a list; `next` is the token of the page after it. */
export interface Page<T extends KubeObject> extends KubeList<T> {
  next?: string;
}

interface ListBody<T> {
  items?: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

const PAGE_SIZE = 500;

/** Gets the page that a token stands for; the first for the empty token. */
export async function fetchPage<T extends KubeObject>(
  transport: Transport,
  resource: Resource<T>,
  options: ListOptions,
  token: string,
): Promise<Page<T>> {
  const { limit = PAGE_SIZE, signal, timeoutMs } = options;
  const answer = (await transport.json({
    method: 'GET',
    path: pathOf(resource, options.namespace),
    query: { ...scopeQuery(options), limit: limit || undefined, continue: token },
    signal,
    timeoutMs,
    confidential: isConfidential(resource),
  })) as ListBody<T>;
  // Lists of built-in kinds leave these two out of their items.
  const typeMeta = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return {
    items: (answer.items ?? []).map((item) => Object.assign(item, typeMeta)),
    resourceVersion: answer.metadata?.resourceVersion ?? '',
    next: answer.metadata?.continue || undefined,
  };
}

/** A scope as query parameters; the namespace is in the path. */
export function scopeQuery({ labelSelector, fieldSelector }: Scope): Query {
  return { labelSelector, fieldSelector };
}
