import { GoInt, type Value, deepEqual } from '../value.js';
import type { Schema, SchemaDocument } from './document.js';
import { type Problem, grouped } from './problem.js';

/** Which parts of an object or array some schema has looked at: `unevaluated…` checks the rest. */
export interface Evaluated {
  properties: Set<string>;
  items: Set<number>;
}

/** Where a value stands, and how values inside it are checked. */
export interface Check {
  readonly document: SchemaDocument;
  /** Keys and indices from the root. */
  readonly path: readonly string[];
  readonly depth: number;
  run(this: void, schema: Schema, value: Value, at: Check): Outcome;
}

/** Problems of a value, and what of it was looked at (only of use when there are no problems). */
export interface Outcome {
  problems: Problem[];
  evaluated: Evaluated;
}

export const nothingEvaluated = (): Evaluated => ({ properties: new Set(), items: new Set() });

export function addEvaluated(to: Evaluated, from: Evaluated): void {
  for (const name of from.properties) to.properties.add(name);
  for (const index of from.items) to.items.add(index);
}

export function problem({ path }: Check, message: string, causes: readonly Problem[] = []): Problem {
  return { path, message, causes };
}

/** A value inside the present one. */
export function checkInside(
  schema: Value | undefined,
  value: Value,
  key: string | number,
  at: Check,
): Problem[] {
  const inner = { ...at, path: [...at.path, String(key)], depth: at.depth + 1 };
  return at.run(asSchema(schema), value, inner).problems;
}

/** The same value against another schema. */
export function checkSame(schema: Value | undefined, value: Value, at: Check): Outcome {
  return at.run(asSchema(schema), value, { ...at, depth: at.depth + 1 });
}

function asSchema(schema: Value | undefined): Schema {
  return schema instanceof Map || typeof schema === 'boolean' ? schema : true;
}

export const isNumber = (value: Value): value is number | GoInt =>
  typeof value === 'number' || value instanceof GoInt;

export function numberOf(value: number | GoInt): number {
  return value instanceof GoInt ? value.toNumber() : value;
}

/** Equal as JSON: integers and floats of the same value are. */
export function equal(a: Value, b: Value): boolean {
  return isNumber(a) && isNumber(b) ? numberOf(a) === numberOf(b) : deepEqual(a, b);
}

/** The number in a keyword. */
export function limit(schema: Map<string, Value>, keyword: string): number | undefined {
  const value = schema.get(keyword);
  return value !== undefined && isNumber(value) ? numberOf(value) : undefined;
}

/** `keyword: got 1, want 2` when a count is out of bounds. */
export function checkCount(schema: Map<string, Value>, keyword: string, count: number, at: Check): Problem[] {
  const bound = limit(schema, keyword);
  if (bound === undefined || (keyword.startsWith('min') ? count >= bound : count <= bound)) return [];
  return [problem(at, `${keyword}: got ${grouped(count)}, want ${grouped(bound)}`)];
}
