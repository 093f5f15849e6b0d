/** What functions do with what they are given, as far as a trace must know. */
import type { ReadKind } from './read-set.js';

/** Functions that give back an argument, or put arguments into a new list or map, and look into none. */
export const CARRIERS = new Set([
  'default',
  'coalesce',
  'ternary',
  'required',
  'list',
  'tuple',
  'dict',
  'append',
  'mustAppend',
  'push',
  'mustPush',
  'prepend',
  'mustPrepend',
  'first',
  'mustFirst',
  'last',
  'mustLast',
  'rest',
  'mustRest',
  'initial',
  'mustInitial',
  'concat',
  'set',
  'include',
  'tpl',
]);
/** Functions that only ask whether and of what kind something is, or for its keys. */
export const KINDS = new Map<string, ReadKind>([
  ...['not', 'empty', 'kindOf', 'kindIs', 'typeOf', 'typeIs', 'typeIsLike', 'all', 'any'].map(
    (name) => [name, 'presence'] as const,
  ),
  ['len', 'keys'],
  ['keys', 'keys'],
]);
/** Functions that change their first argument. */
export const CHANGERS = new Set(['merge', 'mustMerge', 'mergeOverwrite', 'mustMergeOverwrite']);
