import { BerthError } from '../../core/errors.js';
import { KubeError } from '../../kube/kube-error.js';
import type { KubeObject } from '../../kube/types.js';
import type { InventoryEntry, Release, ReleaseConflict, ReleaseStatus } from '../../model/release.js';
import type { AppCluster } from '../instances/app-cluster.js';
import { healthOf } from '../instances/health.js';
import { applyObject, Refused } from './apply-object.js';
import { ownFieldsDigest, type ServiceRef } from './ownership.js';
import { autoscaled, leaveReplicasTo, phasesOf } from './placement.js';
import { referenceTo } from './prepare.js';
import { type PrunePlan, prunePlan, type Recorded, recordedBy } from './prune.js';

/** How a pass over a release ended. */
export type Published =
  | { kind: 'published'; inventory: InventoryEntry[]; pruned: string[] }
  | { kind: 'waiting'; reason: string; message: string }
  | { kind: 'refused'; reason: string; message: string; conflicts?: ReleaseConflict[] };

export interface PublishInput {
  release: Release;
  /** The objects of the release, stamped. */
  objects: readonly KubeObject[];
  /** All releases of the service in the order of their revisions. */
  history: readonly Release[];
  namespace: string;
}

/** Answers of the API server that no repetition changes. */
const FINAL: ReadonlySet<string> = new Set([
  'BadRequest',
  'Forbidden',
  'Invalid',
  'MethodNotAllowed',
  'RequestEntityTooLarge',
  'AlreadyExists',
]);

/**
 * Brings the cluster to what a release says: every object applied, then what earlier releases made and this one does
 * not removed. Can be broken off and repeated anywhere: each part looks at what is there first.
 * @throws KubeError when the API server does not answer as it should; to be tried again
 */
export async function publish(
  cluster: AppCluster,
  { release, objects, history, namespace }: PublishInput,
  signal: AbortSignal,
): Promise<Published> {
  const ref: ServiceRef = release.spec;
  try {
    const live = await applyAll(cluster, release, objects, namespace, signal);
    if (!Array.isArray(live)) return live;
    const earlier = history.filter(({ spec }) => spec.revision < release.spec.revision);
    const plan = await planFor(cluster, release, recordedBy(earlier), ref);
    const pruned = await removeAll(cluster, plan, signal);
    const kept = plan.keep.map((entry) => ({ ...entry, kept: true }));
    const inventory = [...live.map((object) => entryOf(object, ref)), ...kept.flatMap(withUid(cluster))];
    return { kind: 'published', inventory, pruned };
  } catch (error) {
    return asOutcome(error);
  }
}

async function applyAll(
  cluster: AppCluster,
  { spec }: Release,
  objects: readonly KubeObject[],
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject[] | Extract<Published, { kind: 'waiting' }>> {
  const live: KubeObject[] = [];
  if (objects.length > 0) await cluster.ensureNamespace(namespace);
  const scaled = objects.some(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    ? autoscaled(await cluster.autoscalers(namespace))
    : new Set<string>();
  for (const phase of phasesOf(objects)) {
    const desired = phase.map((object) => leaveReplicasTo(scaled, object));
    const applied = await Promise.all(
      desired.map((object) => applyObject(cluster, object, spec, spec, signal)),
    );
    live.push(...applied);
    await Promise.all(applied.map((object) => cluster.arrival(object)));
    const definition = applied.find(
      (object) =>
        object.kind === 'CustomResourceDefinition' && healthOf(object, cluster.facts).state !== 'Current',
    );
    if (definition) return waiting('DefinitionPending', `${definition.metadata.name} is not established yet`);
  }
  return live;
}

async function planFor(
  cluster: AppCluster,
  { spec }: Release,
  recorded: readonly Recorded[],
  ref: ServiceRef,
): Promise<PrunePlan> {
  // Kinds of earlier releases may not be watched yet; one whose CRD is gone has no objects any more.
  for (const entry of recorded) await cluster.watch(entry);
  const find = (entry: Recorded) => cluster.find(entry);
  return prunePlan(recorded, spec.objects, ref, { find, confirm: spec.confirm ?? [] });
}

async function removeAll(cluster: AppCluster, { remove }: PrunePlan, signal: AbortSignal): Promise<string[]> {
  for (const phase of remove) {
    await Promise.all(phase.map((entry) => cluster.remove(entry, signal)));
  }
  return remove.flat().map(({ kind, name }) => `${kind}/${name}`);
}

function entryOf(object: KubeObject, ref: ServiceRef): InventoryEntry {
  const fields = ownFieldsDigest(object, ref);
  return {
    ...referenceTo(object),
    uid: object.metadata.uid ?? '',
    ...(fields !== undefined && { fields }),
  };
}

const withUid = (cluster: AppCluster) => (entry: Recorded & { kept: boolean }) => {
  const uid = entry.uid ?? cluster.find(entry)?.metadata.uid;
  return uid === undefined ? [] : [{ ...entry, uid }];
};

function asOutcome(error: unknown): Published {
  if (error instanceof Refused) {
    const { conflicts } = error;
    const reason = conflicts[0]?.field === undefined ? 'ObjectNotOwned' : 'FieldConflict';
    return { kind: 'refused', reason, message: error.message, conflicts };
  }
  if (error instanceof BerthError && error.code === 'UnknownKind') {
    return waiting('UnknownKind', error.message);
  }
  if (error instanceof KubeError && FINAL.has(error.reason)) {
    return { kind: 'refused', reason: error.reason, message: error.message };
  }
  // It answers, and says why it cannot: no address left for a Service, a webhook that is down.
  if (error instanceof KubeError && error.reason === 'InternalError') {
    return waiting(error.reason, error.message);
  }
  throw error;
}

function waiting(reason: string, message: string): Extract<Published, { kind: 'waiting' }> {
  return { kind: 'waiting', reason, message };
}

/** Whether a release will not change any more. */
export function isFinished({ status }: { status?: Pick<ReleaseStatus, 'phase'> }): boolean {
  return status?.phase === 'Published' || status?.phase === 'Failed';
}
