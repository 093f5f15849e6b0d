import { createHash } from 'node:crypto';

/**
 * JSON with sorted keys: equal values give equal text whatever order their keys were written in.
 * Fields that are undefined are left out, as in JSON.
 */
export function stableStringify(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (isRecord(field) ? sortKeys(field) : field));
}

/** SHA-256 of the stable JSON of a value, as `length` hex digits (64 unless told). */
export function digestOf(value: unknown, length = 64): string {
  return createHash('sha256').update(stableStringify(value)).digest('hex').slice(0, length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortKeys(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
