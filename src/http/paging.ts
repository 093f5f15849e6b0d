/** Lists a page at a time: in the order of names, so that a page goes on where the last one ended. */
import { digestOf } from '../core/digest.js';
import { BerthError } from '../core/errors.js';
import { type KubeObject, keyOf } from '../kube/types.js';

export const MAX_PAGE = 500;

export interface Page<T> {
  items: T[];
  /** Present when there is more. */
  continue?: string;
  remaining: number;
}

/**
 * The page after `token`. What is added or removed between two pages shows or does not, but nothing that stays is
 * left out or comes twice. `filter` is what the list is narrowed by: a token is good for the same filter only.
 * Throws InvalidContinueToken (400).
 */
export function pageOf<T extends KubeObject>(
  objects: readonly T[],
  options: { limit: number; token?: string; filter: unknown },
): Page<T> {
  const filter = digestOf(options.filter, 16);
  const after = options.token === undefined ? undefined : readToken(options.token, filter);
  const keyed = objects.map((object) => ({ key: keyOf(object), object }));
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => key > after);
  rest.sort((a, b) => (a.key < b.key ? -1 : 1));
  const shown = rest.slice(0, options.limit);
  const remaining = rest.length - shown.length;
  const last = shown.at(-1)?.key;
  return {
    items: shown.map(({ object }) => object),
    remaining,
    ...(remaining > 0 && last !== undefined && { continue: writeToken(last, filter) }),
  };
}

function writeToken(after: string, filter: string): string {
  return Buffer.from(`${filter} ${after}`).toString('base64url');
}

function readToken(token: string, filter: string): string {
  const [of, after] = Buffer.from(token, 'base64url').toString().split(' ');
  if (of === filter && after) return after;
  throw new BerthError('InvalidContinueToken', 'The continue token does not belong to this list.', {
    status: 400,
    fields: [{ path: 'continue', message: 'is not a token of a list with the same filters' }],
    next: 'Begin again without continue.',
  });
}
