/** ETag and If-Match (RFC 9110): nobody overwrites what they have not seen. */
import { BerthError } from '../core/errors.js';
import { isConflict } from '../kube/kube-error.js';
import type { KubeObject } from '../kube/types.js';

/** The entity tag of an object: its resourceVersion. */
export function etagOf({ metadata }: KubeObject): string {
  return `"${metadata.resourceVersion ?? ''}"`;
}

/**
 * Whether the request is meant for this version of the object and no later one: not when `ifMatch` is absent or `*`,
 * which means any version of an object that is there (RFC 9110, 13.1.1).
 * @throws BerthError PreconditionFailed (412) when it is meant for another version, or for something that is not there
 */
export function isBoundTo(object: KubeObject | undefined, ifMatch: string | undefined): boolean {
  if (ifMatch === undefined) return false;
  if (!object) throw preconditionFailed();
  if (ifMatch.trim() === '*') return false;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(etagOf(object))) throw preconditionFailed();
  return true;
}

/** Why a write failed, as the caller shall hear it: one that was bound to a version has come too late by a conflict. */
export function refusalOf(error: unknown, isBound: boolean): unknown {
  return isBound && isConflict(error) ? preconditionFailed() : error;
}

/** The object is not the one the caller has seen. */
function preconditionFailed(): BerthError {
  return new BerthError('PreconditionFailed', 'The object changed since you read it.', {
    status: 412,
    next: 'Read it again, look at what changed, and send the request with its new ETag.',
  });
}
