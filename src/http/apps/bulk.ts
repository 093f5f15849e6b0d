/** The same for many, of which one that is refused keeps no other. */
import { BerthError } from '../../core/errors.js';
import type { Refusal } from './instance-schemas.js';

/** For `pMap`: each is a request to a hosted cluster, or renders an instance. */
export const aFewAtOnce = { concurrency: 8 };

/** What a person can do something about; anything else fails the whole request. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof BerthError) || (error.status >= 500 && !error.transient)) throw error;
  const { code, message, next } = error;
  return { code, message, ...(next !== undefined && { next }) };
}
