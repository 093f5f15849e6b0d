import { digestOf } from '../core/digest.js';
import type { CacheReader } from './cache.js';
import type { KubeClient } from './client.js';
import type { KubeObject, ManagedFields } from './types.js';

/** Digest of what we last applied. Equal digest and all fields still ours = nothing to do. */
export const APPLIED_DIGEST = 'berth.dev/applied-digest';

export interface EnsureOptions {
  /** One name a reconciler, beginning with `berth`, or caches do not keep its fields. */
  fieldManager: string;
  signal?: AbortSignal;
}

/**
 * - `unchanged`: no request was sent;
 * - `applied`: it was missing, or differed;
 * - `deleting`: it is on its way out and has to be gone before it can come back.
 */
export interface Ensured<T extends KubeObject> {
  outcome: 'unchanged' | 'applied' | 'deleting';
  object: T;
}

/**
 * Makes the cluster hold `desired`, by server-side apply, and only when needed. The API server keeps the account:
 * whoever changes or removes a field of ours by other means takes it out of our managedFields, so as long as the
 * digest of what we applied is the same and every field of it is still ours, no value can have changed. Comparing
 * values instead would trip over defaulting and normalisation (`0.5` is stored as `500m`).
 * Fields that others add beside ours stay, as always with server-side apply.
 */
export async function ensureApplied<T extends KubeObject>(
  client: Pick<KubeClient, 'apply'>,
  cache: Pick<CacheReader<T>, 'get'>,
  desired: T,
  options: EnsureOptions,
): Promise<Ensured<T>> {
  const live = cache.get(desired.metadata);
  if (live?.metadata.deletionTimestamp) return { outcome: 'deleting', object: live };
  const signed = sign(desired);
  if (live && isApplied(live, signed, options.fieldManager)) return { outcome: 'unchanged', object: live };
  return { outcome: 'applied', object: await client.apply(signed, options) };
}

/** Whether `live` is what applying `signed` (an object with its digest) as this manager made of it. */
export function isApplied(live: KubeObject, signed: KubeObject, fieldManager: string): boolean {
  const digest = signed.metadata.annotations?.[APPLIED_DIGEST];
  if (digest === undefined || live.metadata.annotations?.[APPLIED_DIGEST] !== digest) return false;
  const owned = live.metadata.managedFields?.find((entry) => isOwn(entry, fieldManager, signed.apiVersion));
  if (!owned?.fieldsV1) return false;
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = signed;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const applied = { ...rest, metadata: { labels, annotations, finalizers, ownerReferences } };
  return owns(owned.fieldsV1, applied);
}

/** The object with the digest of itself as an annotation. */
export function sign<T extends KubeObject>(object: T): T {
  const annotations = { ...object.metadata.annotations, [APPLIED_DIGEST]: digestOf(object, 16) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function isOwn(entry: ManagedFields, fieldManager: string, apiVersion: string): boolean {
  const { manager, operation, subresource } = entry;
  return manager === fieldManager && operation === 'Apply' && !subresource && entry.apiVersion === apiVersion;
}

type FieldTree = Record<string, unknown>;

/**
 * Whether a field set (fieldsV1) has every field of a value. A node without children is owned whole. Children are
 * `f:name` for fields, `k:{…}` for list items by their key fields, `v:…` for items of a set.
 */
function owns(tree: unknown, value: unknown): boolean {
  if (!isRecord(tree)) return false;
  if (isLeaf(tree) || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => ownsItem(tree, item));
  if (!isRecord(value)) return false;
  return Object.entries(value).every(
    ([name, field]) => field === undefined || owns(tree[`f:${name}`], field),
  );
}

function ownsItem(tree: FieldTree, item: unknown): boolean {
  if (!isRecord(item)) return `v:${JSON.stringify(item)}` in tree;
  const entry = Object.entries(tree).find(([name]) => name.startsWith('k:') && matches(name.slice(2), item));
  return entry !== undefined && owns(entry[1], item);
}

/** Key fields that the item leaves out were defaulted by the API server (a port's protocol). */
function matches(keyJson: string, item: FieldTree): boolean {
  const key = JSON.parse(keyJson) as FieldTree;
  return Object.entries(key).every(([name, value]) => item[name] === undefined || item[name] === value);
}

function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).every((name) => name === '.');
}

function isRecord(value: unknown): value is FieldTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
