/** The same for many, of which one that is refused keeps no other. */
import { BerthError } from '../../core/errors.js';
import type { Refusal } from './instance-schemas.js';

/** Each is a request to a hosted cluster, or renders an instance. */
const AT_ONCE = 8;

/** In the order of `items`, a few at a time. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<T, R>();
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) results.set(item, await work(item));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return items.flatMap((item) => results.get(item) ?? []);
}

/** What a person can do something about; anything else fails the whole request. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof BerthError) || (error.status >= 500 && !error.transient)) throw error;
  const { code, message, next } = error;
  return { code, message, ...(next !== undefined && { next }) };
}
