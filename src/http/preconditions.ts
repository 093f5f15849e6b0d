/** ETag and If-Match (RFC 9110): nobody overwrites what they have not seen. */
import { BerthError } from '../core/errors.js';
import type { KubeObject } from '../kube/types.js';

/** The entity tag of an object: its resourceVersion. */
export function etagOf({ metadata }: KubeObject): string {
  return `"${metadata.resourceVersion ?? ''}"`;
}

/** Throws PreconditionFailed (412) unless `ifMatch` is absent, `*`, or lists the object's tag. */
export function requireMatch(ifMatch: string | undefined, object: KubeObject): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(etagOf(object))) throw preconditionFailed();
}

/** The object is not the one the caller has seen. */
export function preconditionFailed(): BerthError {
  return new BerthError('PreconditionFailed', 'The object changed since you read it.', {
    status: 412,
    next: 'Read it again, look at what changed, and send the request with its new ETag.',
  });
}
