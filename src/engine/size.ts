import { GoObject, type Value } from './value.js';

/** Characters that are as much work to write as one value. */
const CHARACTERS = 8;

/**
 * How many values a walk through `value` meets when it follows every reference: lists that hold one list many
 * times are small in memory and endless to write. Each map and list is looked at once; Infinity when one holds
 * itself.
 */
export function unfoldedSize(value: Value, known = new Map<object, number>()): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / CHARACTERS);
  if (value === null || typeof value !== 'object') return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Infinity);
  const items = value instanceof Map || Array.isArray(value) ? value.values() : elementsOf(value);
  let size = 1;
  for (const item of items) size += unfoldedSize(item, known);
  known.set(value, size);
  return size;
}

function* elementsOf(value: Exclude<Value, null>): Generator<Value> {
  if (!(value instanceof GoObject)) return;
  for (const [, element] of value.entries() ?? value.fields()) yield element;
}
