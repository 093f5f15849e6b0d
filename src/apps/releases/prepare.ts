/** From what a template rendered to what is applied: overrides, replicas, restarts, labels, digests. Pure. */
import { PatchMismatch, strategicMerge } from '../../control-plane/strategic-merge.js';
import { digestOf } from '../../core/digest.js';
import { BerthError, type FieldProblem } from '../../core/errors.js';
import type { KubeObject } from '../../kube/types.js';
import type { Override } from '../../model/instance.js';
import { annotations } from '../../model/names.js';
import type { ReleaseInputs, ReleaseObject } from '../../model/release.js';
import { annotatePods, podTemplateOf, withConfigDigest } from './consumed-config.js';
import { VERSION_KEY } from '../templates/sinks.js';
import { labelled, type ServiceRef } from './ownership.js';
import { autoscaled, leaveReplicasTo, placed, SCALABLE } from './placement.js';
import type { RenderedInstance } from './rendering.js';

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export interface ServiceFacts extends ServiceRef {
  namespace: string;
  /** Goes into every digest, so that nobody can guess short secrets from them. */
  salt: string;
}

export interface Prepared {
  objects: KubeObject[];
  /** Of all objects; equal digest = nothing to publish. */
  digest: string;
  records: ReleaseObject[];
}

/**
 * What one service of an instance consists of.
 * @throws BerthError ServiceNotFound, OverrideInvalid, DuplicateObject (422)
 */
export function prepare(rendered: RenderedInstance, inputs: ReleaseInputs, facts: ServiceFacts): Prepared {
  const own = rendered.services.find(({ name }) => name === facts.service);
  if (!own) throw serviceNotFound(facts.service, rendered);
  const everything = rendered.services.flatMap(({ objects }) => objects);
  const overridden = applyOverrides(own.objects, inputs.overrides ?? []);
  const context = [...overridden, ...everything.filter((object) => !own.objects.includes(object))];
  const scaled = autoscaled(context);
  const objects = overridden
    .map((object) => placed(object, facts.namespace, context))
    .map((object) => scaledTo(object, inputs.replicas))
    .map((object) => leaveReplicasTo(scaled, object))
    .map((object) => withConfigDigest(object, context, facts.salt))
    .map((object) => restarted(object, inputs.restartedAt))
    .map((object) => labelled(object, facts));
  refuseDuplicates(objects, facts.service);
  const records = objects.map((object) => recordOf(object, inputs, facts.salt));
  return { objects, digest: digestOf(records.map(({ digest }) => digest).sort(), 16), records };
}

/** What was published before, by the identity of an object. */
export type RecordsBefore = ReadonlyMap<string, ReleaseObject>;

/** Identity of an object within a cluster, whatever version of its API it is written in. */
export function identityOf(object: {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}): string {
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
  return [group, object.kind, object.namespace ?? '', object.name].join('|');
}

/** An object in the form in which releases name it. */
export function referenceTo({ apiVersion, kind, metadata }: KubeObject) {
  const { namespace, name } = metadata;
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name };
}

/**
 * The records with the config version that last changed each object: an object that stayed equal keeps its own. What
 * tells pods their version (`tellers`) gets the new one whenever pods are replaced, so that these find one number on
 * themselves, in their environment and in their files.
 */
export function carryVersions(
  records: readonly ReleaseObject[],
  before: RecordsBefore,
  tellers: ReadonlySet<string> = new Set(),
): ReleaseObject[] {
  const isNewPod = (record: ReleaseObject) =>
    record.podDigest !== undefined && before.get(identityOf(record))?.podDigest !== record.podDigest;
  const arePodsReplaced = records.some(isNewPod);
  return records.map((record) => {
    const identity = identityOf(record);
    const old = before.get(identity);
    const isRetold = arePodsReplaced && tellers.has(identity);
    const isSame = old !== undefined && old.digest === record.digest && !isRetold;
    const isSamePod = old !== undefined && !isNewPod(record);
    const { configVersion = record.configVersion } = isSame ? old : record;
    const { podConfigVersion = record.podConfigVersion } = isSamePod ? old : record;
    return { ...record, ...definedOnly({ configVersion, podConfigVersion }) };
  });
}

/** The objects that tell pods the version of their config. */
export function tellersAmong(objects: readonly KubeObject[]): Set<string> {
  const tellers = objects.filter((object) => tellsVersion(object));
  return new Set(tellers.map((object) => identityOf(referenceTo(object))));
}

function tellsVersion({ kind, data }: KubeObject): boolean {
  return kind === 'ConfigMap' && typeof data === 'object' && data !== null && VERSION_KEY in data;
}

/** The objects with those versions on them and on their pods. */
export function stamped(objects: readonly KubeObject[], records: readonly ReleaseObject[]): KubeObject[] {
  const byIdentity = new Map(records.map((record) => [identityOf(record), record]));
  return objects.map((object) => {
    const record = byIdentity.get(identityOf(referenceTo(object)));
    const withOwn = record?.configVersion === undefined ? object : withVersion(object, record.configVersion);
    const { podConfigVersion } = record ?? {};
    if (podConfigVersion === undefined) return withOwn;
    return annotatePods(withOwn, { [annotations.configVersion]: String(podConfigVersion) });
  });
}

function withVersion(object: KubeObject, version: number): KubeObject {
  const added = { ...object.metadata.annotations, [annotations.configVersion]: String(version) };
  const metadata = { ...object.metadata, annotations: added };
  if (!tellsVersion(object)) return { ...object, metadata };
  return { ...object, metadata, data: { ...(object['data'] as object), [VERSION_KEY]: String(version) } };
}

function recordOf(object: KubeObject, inputs: ReleaseInputs, salt: string): ReleaseObject {
  const pods = podTemplateOf(object);
  return {
    ...referenceTo(object),
    digest: digestOf([salt, object], 16),
    ...definedOnly({
      podDigest: pods && digestOf([salt, pods.template], 16),
      configVersion: inputs.config?.version,
      podConfigVersion: pods && inputs.config?.version,
    }),
  };
}

function applyOverrides(objects: readonly KubeObject[], overrides: readonly Override[]): KubeObject[] {
  const result = [...objects];
  for (const [i, { target, patch }] of overrides.entries()) {
    const path = `overrides[${i}]`;
    const at = result.findIndex(
      ({ kind, metadata }) => kind === target.kind && metadata.name === target.name,
    );
    const before = result[at];
    if (!before) throw overrideInvalid([{ path: `${path}.target`, message: missing(target, objects) }]);
    result[at] = merged(before, patch, path);
  }
  return result;
}

function merged(before: KubeObject, patch: Record<string, unknown>, path: string): KubeObject {
  try {
    const after = strategicMerge(before, patch);
    const isSame = after.kind === before.kind && after.metadata.name === before.metadata.name;
    if (isSame && after.apiVersion === before.apiVersion) return after;
    throw overrideInvalid([{ path: `${path}.patch`, message: 'kind, apiVersion and name stay as they are' }]);
  } catch (error) {
    if (!(error instanceof PatchMismatch)) throw error;
    const at = [path, 'patch', error.path].filter(Boolean).join('.');
    throw overrideInvalid([{ path: at, message: error.message }]);
  }
}

function missing({ kind, name }: Override['target'], objects: readonly KubeObject[]): string {
  const known = objects.map((object) => `${object.kind}/${object.metadata.name}`).join(', ');
  return `the service has no ${kind} ${name}, but ${known || 'nothing'}`;
}

function overrideInvalid(fields: FieldProblem[]): BerthError {
  return new BerthError('OverrideInvalid', `An override does not fit: ${fields[0]?.message ?? ''}.`, {
    status: 422,
    fields,
    next: 'See what the service renders: berth instance view CLUSTER INSTANCE SERVICE.',
  });
}

function scaledTo(object: KubeObject, replicas: number | undefined): KubeObject {
  if (replicas === undefined || !SCALABLE.has(object.kind)) return object;
  return { ...object, spec: { ...(object['spec'] as object), replicas } };
}

function restarted(object: KubeObject, restartedAt: string | undefined): KubeObject {
  const isLasting = !['Job', 'CronJob'].includes(object.kind);
  return restartedAt !== undefined && isLasting
    ? annotatePods(object, { [RESTARTED_AT]: restartedAt })
    : object;
}

function refuseDuplicates(objects: readonly KubeObject[], service: string): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const identity = identityOf(referenceTo(object));
    if (seen.has(identity)) {
      const { kind, metadata } = object;
      throw new BerthError(
        'DuplicateObject',
        `Service "${service}" renders ${kind} ${metadata.name} twice.`,
        { status: 422, next: 'Give one of the two another name in the template.' },
      );
    }
    seen.add(identity);
  }
}

function serviceNotFound(service: string, { services }: RenderedInstance): BerthError {
  const names = services.map(({ name }) => name).join(', ');
  return new BerthError('ServiceNotFound', `The template has no service "${service}".`, {
    status: 404,
    next: `It has: ${names || 'none'}.`,
  });
}

function definedOnly<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
