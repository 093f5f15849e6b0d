import { ensureApplied } from '../../kube/ensure-applied.js';
import { isConflict, type KubeError } from '../../kube/kube-error.js';
import type { KubeObject } from '../../kube/types.js';
import type { ReleaseConflict, ReleaseSpec } from '../../model/release.js';
import type { AppCluster } from '../instances/app-cluster.js';
import { withoutField } from './field-path.js';
import { fieldManager, isOwnedBy, ownerOf, type ServiceRef } from './ownership.js';

/** Thrown by `applyObject`: others have a say in the object, and the release does not tell to override them. */
export class Refused extends Error {
  constructor(readonly conflicts: ReleaseConflict[]) {
    super(conflicts[0]?.message);
  }
}

/** Field manager that keeps the number of pods when it is handed over to an autoscaler. */
const HANDOVER_MANAGER = 'berth-autoscaling';
/** Fields left to others, one after the other, before we give up. */
const MAX_CONFLICTS = 20;

type Policy = Pick<ReleaseSpec, 'conflicts' | 'adopt'>;

/**
 * Makes one object of a service what it shall be; sends nothing when it already is. Gives back what is live.
 * @throws Refused, KubeError
 */
export async function applyObject(
  cluster: AppCluster,
  desired: KubeObject,
  ref: ServiceRef,
  policy: Policy,
  signal: AbortSignal,
): Promise<KubeObject> {
  const cache = await cluster.cacheOf(desired);
  const live = cache.get(desired.metadata);
  if (live && !isOwnedBy(live, ref) && !policy.adopt) throw await notOurs(cluster, live);
  if (live) await handOverReplicas(cluster, live, desired, ref, signal);
  const options = { fieldManager: fieldManager(ref), foreignItems: 'keep', signal } as const;
  let wanted = desired;
  for (let attempt = 0; ; attempt++) {
    try {
      const force = policy.conflicts === 'take';
      return (await ensureApplied(cluster.client, cache, wanted, { ...options, force })).object;
    } catch (error) {
      const conflicts = conflictsOf(error, desired);
      if (conflicts.length === 0) throw error;
      if (policy.conflicts !== 'leave' || attempt === MAX_CONFLICTS) throw new Refused(conflicts);
      for (const { field } of conflicts) if (field !== undefined) wanted = withoutField(wanted, field);
    }
  }
}

/** The fields of which the API server says that somebody else set them; none when that is not what went wrong. */
export function conflictsOf(error: unknown, { kind, metadata }: KubeObject): ReleaseConflict[] {
  if (!isConflict(error)) return [];
  const { fields = [] }: KubeError = error;
  return fields
    .filter(({ code }) => code === 'FieldManagerConflict')
    .map(({ path, message }) => {
      const manager = /conflict with "([^"]+)"/.exec(message)?.[1];
      const who = manager ?? 'somebody else';
      const { name } = metadata;
      return { kind, name, field: path, manager, message: `${path} of ${kind} ${name} is set by ${who}` };
    });
}

/** An object of the name is there and is not this service's. */
async function notOurs(cluster: AppCluster, live: KubeObject): Promise<Refused> {
  const { kind, metadata } = live;
  const owner = ownerOf(live);
  const manager = owner
    ? `service ${owner.service} of instance ${owner.instance}`
    : await makerOf(cluster, live);
  const message = `${kind} ${metadata.name} is there already and belongs to ${manager ?? 'somebody else'}`;
  return new Refused([{ kind, name: metadata.name, manager, message }]);
}

/** The manager that set most of an object's fields first. */
async function makerOf(cluster: AppCluster, live: KubeObject): Promise<string | undefined> {
  const resource = await cluster.client.discovery.resourceOf(live);
  const whole = await cluster.client.find(resource, live.metadata);
  return whole?.metadata.managedFields?.find(({ subresource }) => !subresource)?.manager;
}

/**
 * A number of pods that we set and no longer want to set would fall back to 1 with our next apply: before, it is
 * handed to another manager as it is.
 */
async function handOverReplicas(
  cluster: AppCluster,
  live: KubeObject,
  desired: KubeObject,
  ref: ServiceRef,
  signal: AbortSignal,
): Promise<void> {
  const replicas = replicasOf(live);
  if (replicas === undefined || replicasOf(desired) !== undefined || !ownsReplicas(live, ref)) return;
  const { apiVersion, kind, metadata } = live;
  const { name, namespace } = metadata;
  const handover: KubeObject = { apiVersion, kind, metadata: { name, namespace }, spec: { replicas } };
  await cluster.client.apply(handover, { fieldManager: HANDOVER_MANAGER, force: true, signal });
}

function ownsReplicas({ metadata }: KubeObject, ref: ServiceRef): boolean {
  const own = metadata.managedFields?.find(
    ({ manager, operation }) => manager === fieldManager(ref) && operation === 'Apply',
  );
  const spec = own?.fieldsV1?.['f:spec'];
  return typeof spec === 'object' && spec !== null && 'f:replicas' in spec;
}

function replicasOf(object: KubeObject): number | undefined {
  const { replicas } = (object['spec'] ?? {}) as { replicas?: unknown };
  return typeof replicas === 'number' ? replicas : undefined;
}
