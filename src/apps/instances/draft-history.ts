/**
 * Who changed the draft of an instance, when and why: an apps/v1 ControllerRevision for each generation, which goes
 * with the instance. What was published is told by its Releases.
 */
import type { KubeClient } from '../../kube/client.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import { customResource } from '../../kube/resources.js';
import type { KubeObject, ManagedFields } from '../../kube/types.js';
import type { Instance, InstanceSpec } from '../../model/instance.js';
import { annotations, API_VERSION, labels } from '../../model/names.js';

export interface DraftRevision extends KubeObject {
  /** The generation that came of the change. */
  revision: number;
  data: InstanceSpec;
}

export interface DraftCause {
  user: string;
  reason?: string;
}

const draftRevision = customResource<DraftRevision>('apps/v1', { kind: 'ControllerRevision' });

/** Older ones go. */
const KEPT = 200;

/** Writes down the draft as it is; nothing when this generation is written down already. */
export async function recordDraft(client: KubeClient, instance: Instance, cause: DraftCause): Promise<void> {
  const { namespace, name, generation = 1 } = instance.metadata;
  try {
    await client.create(revisionOf(instance, cause), { fieldManager: 'berth-api' });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  if (generation > KEPT)
    await client.delete(draftRevision, { namespace, name: nameOf(name, generation - KEPT) });
}

/** What was changed past the REST API, with kubectl or by a rollout, is written down before the next change. */
export async function recordUnseen(client: KubeClient, instance: Instance): Promise<void> {
  const { namespace, name, generation = 1 } = instance.metadata;
  const known = await client.find(draftRevision, { namespace, name: nameOf(name, generation) });
  const { manager: user = 'unknown' } = lastChangeOf(instance);
  if (!known) await recordDraft(client, instance, { user });
}

/** All that are kept, the oldest first, with the draft as it is now, whether it is written down yet or not. */
export async function draftRevisions(client: KubeClient, instance: Instance): Promise<DraftRevision[]> {
  const { namespace, name, generation = 1 } = instance.metadata;
  const { items } = await client.list(draftRevision, {
    namespace,
    labelSelector: `${labels.instance}=${name}`,
  });
  const isKnown = items.some(({ revision }) => revision === generation);
  const all = isKnown ? items : [...items, unseen(instance)];
  return all.toSorted((a, b) => a.revision - b.revision);
}

/** Who made a draft what it is, and why. */
export function causeOf({ metadata }: DraftRevision): DraftCause {
  const { [annotations.changedBy]: user = 'unknown', [annotations.reason]: reason } =
    metadata.annotations ?? {};
  return { user, ...(reason !== undefined && { reason }) };
}

function revisionOf({ metadata, spec }: Instance, { user, reason }: DraftCause): DraftRevision {
  const { namespace, name, uid = '', generation = 1 } = metadata;
  const told = {
    [annotations.changedBy]: user,
    ...(reason !== undefined && { [annotations.reason]: reason }),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: nameOf(name, generation),
      namespace,
      labels: { [labels.instance]: name },
      annotations: told,
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'Instance', name, uid }],
    },
    revision: generation,
    data: spec,
  };
}

/** Dots, because instances have none in their names. */
function nameOf(instance: string, generation: number): string {
  return `draft.${instance}.${generation}`;
}

/** The draft as somebody left it who did not ask the REST API. */
function unseen(instance: Instance): DraftRevision {
  const { manager = 'unknown', time } = lastChangeOf(instance);
  const revision = revisionOf(instance, { user: manager });
  const creationTimestamp = time ?? instance.metadata.creationTimestamp;
  return { ...revision, metadata: { ...revision.metadata, creationTimestamp } };
}

function lastChangeOf({ metadata }: Instance): Pick<ManagedFields, 'manager' | 'time'> {
  const own = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  return own.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1) ?? {};
}
