import { keyOf, type KubeObject, type ManagedFields, type ObjectRef } from './types.js';

/** One change of one object. `initial` marks what was there already when we first looked: no hurry. */
export type CacheChange<T extends KubeObject> =
  | { type: 'added'; key: string; object: T; initial: boolean }
  | { type: 'updated'; key: string; object: T; old: T }
  | { type: 'deleted'; key: string; old: T };

export type CacheListener<T extends KubeObject> = (change: CacheChange<T>) => void;

/** The values under which an object is found in an index; none leaves it out. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** The reading side of a cache. Objects are frozen and shared: copy before changing. */
export interface CacheReader<T extends KubeObject> {
  get(ref: ObjectRef | string): T | undefined;
  /** All objects, or those of a namespace. */
  list(namespace?: string): T[];
  /** The objects an index holds under a value. */
  by(index: IndexFunction<T>, value: string): T[];
  readonly size: number;
  /** Calls `listener` for every object there and for every change; answers how to stop it. */
  onChange(listener: CacheListener<T>): () => void;
}

const byNamespace: IndexFunction<KubeObject> = ({ metadata }) =>
  metadata.namespace ? [metadata.namespace] : [];

/** By the uid of each owner. */
export const byOwner: IndexFunction<KubeObject> = ({ metadata }) =>
  (metadata.ownerReferences ?? []).map(({ uid }) => uid);

/** An index by the value of a label. Make it once and keep it: an index is known by its function. */
export function byLabel(label: string): IndexFunction<KubeObject> {
  return ({ metadata }) => {
    const value = metadata.labels?.[label];
    return value === undefined ? [] : [value];
  };
}

/** What a cache keeps of an object. */
export type CacheTransform = (object: KubeObject) => KubeObject;

/**
 * Keeps of managedFields only what reconcilers of ours own (managers `berth…`), which `ensureApplied` needs; the
 * rest is often half of an object.
 */
const keepOwnManagedFields: CacheTransform = (object) => {
  const { managedFields, ...metadata } = object.metadata;
  const own = (managedFields ?? []).filter(({ manager }: ManagedFields) => manager?.startsWith('berth'));
  return { ...object, metadata: own.length > 0 ? { ...metadata, managedFields: own } : metadata };
};

/** The objects of one resource and scope as last seen, with indexes. Written by one reflector. */
export class Cache<T extends KubeObject = KubeObject> implements CacheReader<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<IndexFunction<T>, Map<string, Map<string, T>>>();
  readonly #listeners = new Set<CacheListener<T>>();
  #filled = false;

  constructor(private readonly transform: CacheTransform = keepOwnManagedFields) {
    this.#indexFor(byNamespace);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(ref: ObjectRef | string): T | undefined {
    return this.#objects.get(typeof ref === 'string' ? ref : keyOf(ref));
  }

  list(namespace?: string): T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.by(byNamespace, namespace);
  }

  by(index: IndexFunction<T>, value: string): T[] {
    return [...(this.#indexFor(index).get(value)?.values() ?? [])];
  }

  onChange(listener: CacheListener<T>): () => void {
    this.#listeners.add(listener);
    for (const [key, object] of this.#objects) listener({ type: 'added', key, object, initial: true });
    return () => this.#listeners.delete(listener);
  }

  /** Makes the cache equal to a list: what is not in it is deleted. */
  replaceAll(items: readonly T[]): void {
    const listed = new Set(items.map(keyOf));
    for (const key of this.#objects.keys()) {
      if (!listed.has(key)) this.remove(key);
    }
    for (const item of items) this.#put(item, !this.#filled);
    this.#filled = true;
  }

  put(object: T): void {
    this.#put(object, false);
  }

  remove(key: string): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    this.#reindex(key, old, undefined);
    this.#emit({ type: 'deleted', key, old });
  }

  #put(received: T, initial: boolean): void {
    const key = keyOf(received);
    const old = this.#objects.get(key);
    if (old && old.metadata.uid === received.metadata.uid && sameVersion(old, received)) return;
    const object = deepFreeze(this.transform(received)) as T;
    this.#objects.set(key, object);
    this.#reindex(key, old, object);
    this.#emit(old ? { type: 'updated', key, object, old } : { type: 'added', key, object, initial });
  }

  #emit(change: CacheChange<T>): void {
    for (const listener of this.#listeners) listener(change);
  }

  #reindex(key: string, old: T | undefined, object: T | undefined): void {
    for (const [valuesOf, index] of this.#indexes) {
      for (const value of old ? valuesOf(old) : []) dropFrom(index, value, key);
      for (const value of object ? valuesOf(object) : []) addTo(index, value, key, object);
    }
  }

  #indexFor(valuesOf: IndexFunction<T>): Map<string, Map<string, T>> {
    const existing = this.#indexes.get(valuesOf);
    if (existing) return existing;
    const index = new Map<string, Map<string, T>>();
    for (const [key, object] of this.#objects) {
      for (const value of valuesOf(object)) addTo(index, value, key, object);
    }
    this.#indexes.set(valuesOf, index);
    return index;
  }
}

function addTo<T>(
  index: Map<string, Map<string, T>>,
  value: string,
  key: string,
  object: T | undefined,
): void {
  if (object === undefined) return;
  const entries = index.get(value) ?? new Map<string, T>();
  index.set(value, entries.set(key, object));
}

function dropFrom<T>(index: Map<string, Map<string, T>>, value: string, key: string): void {
  const entries = index.get(value);
  entries?.delete(key);
  if (entries?.size === 0) index.delete(value);
}

function sameVersion(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata.resourceVersion !== undefined && a.metadata.resourceVersion === b.metadata.resourceVersion
  );
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(value)) deepFreeze(field);
  return Object.freeze(value);
}
