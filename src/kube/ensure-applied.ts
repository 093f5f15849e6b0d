import { digestOf } from '../core/digest.js';
import type { CacheReader } from './cache.js';
import type { KubeClient } from './client.js';
import { foreignLists, type ForeignList, ownsAll } from './field-set.js';
import type { KubeObject, ManagedFields } from './types.js';

/** Digest of what we last applied. Equal digest and all fields still ours = nothing to do. */
const APPLIED_DIGEST = 'berth.dev/applied-digest';
/** Field manager of the moment between resetting a list and applying; never left behind. */
const REPAIR_MANAGER = 'berth-repair';

export interface EnsureOptions {
  /** One name a reconciler, beginning with `berth`, or caches do not keep its fields. */
  fieldManager: string;
  /**
   * What to do with items that others put into lists of ours (a container, an environment variable, a port):
   * `remove` them unless told. `keep` them for objects that admission or other controllers add to, such as Pods,
   * or the two would fight for ever.
   */
  foreignItems?: 'remove' | 'keep';
  /** Take fields over from other managers; true unless told. When false, Conflict is thrown. */
  force?: boolean;
  signal?: AbortSignal;
  /** For applying; the client's own unless told. */
  timeoutMs?: number;
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

type Applier = Pick<KubeClient, 'apply' | 'patch' | 'discovery'>;

/**
 * Makes the cluster hold `desired`, by server-side apply, and only when needed. The API server keeps the account:
 * whoever changes or removes a field of ours by other means takes it out of our managedFields, so as long as the
 * digest of what we applied is the same and every field of it is still ours, no value can have changed. Comparing
 * values instead would trip over defaulting and normalisation (`0.5` is stored as `500m`).
 * Labels, annotations, data keys and other fields that others add beside ours stay, as always with server-side apply.
 */
export async function ensureApplied<T extends KubeObject>(
  client: Applier,
  cache: Pick<CacheReader<T>, 'get'>,
  desired: T,
  options: EnsureOptions,
): Promise<Ensured<T>> {
  const live = cache.get(desired.metadata);
  if (live?.metadata.deletionTimestamp) return { outcome: 'deleting', object: live };
  const signed = sign(desired);
  const foreign = live && options.foreignItems !== 'keep' ? foreignListsOf(live, signed, options) : [];
  if (live && foreign.length === 0 && isApplied(live, signed, options)) {
    return { outcome: 'unchanged', object: live };
  }
  if (live && foreign.length > 0) await resetLists(client, live, foreign, options.signal);
  const applied = await client.apply(signed, options);
  return { outcome: 'applied', object: await disownRepair(client, applied, options.signal) };
}

/** The object with the digest of itself as an annotation, and with a Secret's stringData as data, as it is stored. */
function sign<T extends KubeObject>(object: T): T {
  const annotations = { ...object.metadata.annotations, [APPLIED_DIGEST]: digestOf(object, 16) };
  const signed = { ...object, metadata: { ...object.metadata, annotations } };
  if (object.kind !== 'Secret' || !object['stringData']) return signed;
  const texts = Object.entries(object['stringData'] as Record<string, string>);
  const encoded = texts.map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  return {
    ...signed,
    stringData: undefined,
    data: { ...(object['data'] as object), ...Object.fromEntries(encoded) },
  };
}

/** Whether `live` is what applying `signed` made of it. */
function isApplied(live: KubeObject, signed: KubeObject, options: EnsureOptions): boolean {
  const digest = signed.metadata.annotations?.[APPLIED_DIGEST];
  if (live.metadata.annotations?.[APPLIED_DIGEST] !== digest || repairEntry(live) >= 0) return false;
  return ownsAll(ownFields(live, signed, options), fieldsOf(signed), fieldsOf(live));
}

// Finalizers and owners in metadata are lists that others rightly add to.
function foreignListsOf(live: KubeObject, signed: KubeObject, options: EnsureOptions): ForeignList[] {
  const { metadata: _metadata, ...fields } = fieldsOf(signed);
  return foreignLists(ownFields(live, signed, options), fields, live);
}

/** What we own of `live`, if the record of it is about the same version of the API. */
function ownFields(live: KubeObject, { apiVersion }: KubeObject, { fieldManager }: EnsureOptions): unknown {
  const isOwn = (entry: ManagedFields) =>
    entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource;
  const entry = live.metadata.managedFields?.find(isOwn);
  return entry?.apiVersion === apiVersion ? entry.fieldsV1 : undefined;
}

/** The fields that managedFields tell about. */
function fieldsOf({ apiVersion: _version, kind: _kind, metadata, ...fields }: KubeObject) {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return { ...fields, metadata: { labels, annotations, finalizers, ownerReferences } };
}

/**
 * Sets lists to what is desired, whole: applying alone would add our items to those of others, or be refused when
 * they clash (two ports of one name). Throws Conflict when the object changed meanwhile.
 */
async function resetLists(
  client: Applier,
  live: KubeObject,
  lists: readonly ForeignList[],
  signal?: AbortSignal,
): Promise<void> {
  const resets = lists.map(({ path, value }) => ({ op: 'replace', path, value }));
  await patchExactly(client, live, resets, signal);
}

/** Takes the fields that `resetLists` set away from it: else they would stay when they are no longer desired. */
async function disownRepair<T extends KubeObject>(
  client: Applier,
  object: T,
  signal?: AbortSignal,
): Promise<T> {
  const index = repairEntry(object);
  if (index < 0) return object;
  return patchExactly(client, object, [{ op: 'remove', path: `/metadata/managedFields/${index}` }], signal);
}

function repairEntry({ metadata }: KubeObject): number {
  return metadata.managedFields?.findIndex(({ manager }) => manager === REPAIR_MANAGER) ?? -1;
}

async function patchExactly<T extends KubeObject>(
  client: Applier,
  object: T,
  operations: object[],
  signal?: AbortSignal,
): Promise<T> {
  const { resourceVersion } = object.metadata;
  const sameVersion = { op: 'add', path: '/metadata/resourceVersion', value: resourceVersion };
  const options = { type: 'json', fieldManager: REPAIR_MANAGER, signal } as const;
  const resource = await client.discovery.resourceOf(object);
  return (await client.patch(resource, object.metadata, [sameVersion, ...operations], options)) as T;
}
