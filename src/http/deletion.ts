import type { KubeClient } from '../kube/client.js';
import { isNotFound } from '../kube/kube-error.js';
import type { KubeObject, Resource } from '../kube/types.js';
import { annotations } from '../model/names.js';
import { requireConfirmation } from './confirmation.js';
import { isBoundTo, refusalOf } from './preconditions.js';
import { present } from './resource-view.js';
import { traceAnnotation } from './trace-annotation.js';

export interface DeletionRequest {
  /** The name, typed once more. */
  confirm?: string;
  ifMatch?: string;
  /** Who asks. */
  by: string;
  /** What else is told to whoever does the deleting; null takes back what an earlier request told. */
  told?: Record<string, string | null>;
}

/**
 * Asks for the deletion of this very object; one that is being deleted already stays so. Gives back what is left
 * of it. Throws ConfirmationRequired (400) and PreconditionFailed (412).
 */
export async function requestDeletion<T extends KubeObject>(
  client: Pick<KubeClient, 'delete' | 'find' | 'patch'>,
  resource: Resource<T>,
  live: T,
  { confirm, ifMatch, by, told }: DeletionRequest,
): Promise<T> {
  requireConfirmation(live.metadata.name, confirm);
  const isBound = isBoundTo(live, ifMatch);
  if (live.metadata.deletionTimestamp) return present(live);
  const { uid, resourceVersion } = live.metadata;
  const version = isBound ? { resourceVersion } : {};
  try {
    // Before it, because whoever does the deleting reads it as soon as it begins.
    const notes = { ...traceAnnotation(), ...told, [annotations.deletedBy]: by };
    const metadata = { uid, ...version, annotations: notes };
    const marked = await client.patch(resource, live.metadata, { metadata }, { fieldManager: 'berth-api' });
    const preconditions = {
      uid,
      ...(isBound && { resourceVersion: marked.metadata.resourceVersion }),
    };
    await client.delete(resource, live.metadata, { preconditions });
  } catch (error) {
    // Gone since it was read: there is nothing left to do.
    if (!isNotFound(error)) throw refusalOf(error, isBound);
  }
  return present((await client.find(resource, live.metadata)) ?? live);
}
