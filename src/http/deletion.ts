import { BerthError } from '../core/errors.js';
import type { KubeClient } from '../kube/client.js';
import { isConflict } from '../kube/kube-error.js';
import type { KubeObject, Resource } from '../kube/types.js';
import { preconditionFailed, requireMatch } from './preconditions.js';
import { present } from './resource-view.js';

export interface DeletionRequest {
  /** The name, typed once more. */
  confirm?: string;
  ifMatch?: string;
}

/**
 * Asks for the deletion of this very object; one that is being deleted already stays so. Gives back what is left
 * of it. Throws ConfirmationRequired (400) and PreconditionFailed (412).
 */
export async function requestDeletion<T extends KubeObject>(
  client: Pick<KubeClient, 'delete' | 'find'>,
  resource: Resource<T>,
  live: T,
  { confirm, ifMatch }: DeletionRequest,
): Promise<T> {
  requireConfirmation(live.metadata.name, confirm);
  requireMatch(ifMatch, live);
  if (live.metadata.deletionTimestamp) return present(live);
  const { uid, resourceVersion } = live.metadata;
  const preconditions = ifMatch === undefined ? { uid } : { uid, resourceVersion };
  try {
    await client.delete(resource, live.metadata, { preconditions });
  } catch (error) {
    throw isConflict(error) && ifMatch !== undefined ? preconditionFailed() : error;
  }
  return present((await client.find(resource, live.metadata)) ?? live);
}

function requireConfirmation(name: string, confirm: string | undefined): void {
  if (confirm === name) return;
  throw new BerthError('ConfirmationRequired', `Deleting "${name}" needs ?confirm=${name}.`, {
    status: 400,
    fields: [{ path: 'confirm', message: `must be ${name}` }],
    next: `Send DELETE with ?confirm=${name} when nothing of it is needed any more.`,
  });
}
