import { fromBytes } from '../bytes.js';
import { sprint } from '../fmt/fmt.js';
import { parseFloat64 } from '../fmt/strconv.js';
import { FunctionError } from '../errors.js';
import { GoBytes, GoInt, GoObject, type Value, kindOf } from '../value.js';

/** Conversions every group of functions uses: Sprig's `strval`, spf13/cast, reflection over slices. */

/** What Go says when a function reads the type of nil. */
export const NIL_DEREFERENCE = 'runtime error: invalid memory address or nil pointer dereference';

const INTEGER =
  /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Sprig's `toString`: strings and bytes as they are, everything else as `%v` prints it. */
export function strval(value: Value): string {
  if (typeof value === 'string') return value;
  return value instanceof GoBytes ? fromBytes(value.bytes) : sprint([value]);
}

/** `strconv.ParseInt(text, 0, 64)`; undefined when it is no integer or does not fit. */
export function parseGoInteger(text: string): bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '');
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value < MIN_INT64 || value > MAX_INT64 ? undefined : value;
}

/** `cast.ToInt64`: 0 for what cannot be converted. */
export function toInt64(value: Value): bigint {
  if (value instanceof GoInt) return isNamed(value) ? 0n : BigInt.asIntN(64, value.value);
  if (typeof value === 'number') return floatToInt64(value);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') return parseGoInteger(value.replace(/\.0+$/, '')) ?? 0n;
  return 0n;
}

/** cast knows the integer types themselves, not types made of them (time.Duration). */
function isNamed(value: GoInt): boolean {
  return value.type !== value.kind && value.type !== 'time.Month' && value.type !== 'time.Weekday';
}

/** Go's `int64(f)`; what does not fit becomes the smallest int64 (as on amd64). */
function floatToInt64(value: number): bigint {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return MIN_INT64;
  return BigInt(Math.trunc(value));
}

/** `cast.ToInt` as a number; for counts and places. */
export function toIntNumber(value: Value): number {
  return Number(toInt64(value));
}

/** `cast.ToFloat64`: 0 for what cannot be converted. */
export function toFloat64(value: Value): number {
  if (typeof value === 'number') return value;
  if (value instanceof GoInt) return isNamed(value) ? 0 : value.toNumber();
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? (parseFloat64(value) ?? 0) : 0;
}

/** Elements of a slice of any type; undefined when the value is none. */
export function sliceItems(value: Value): Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (!(value instanceof GoObject) || value.kind !== 'slice') return undefined;
  return (value.entries() ?? []).map(([, item]) => item);
}

/** Elements of a slice. Throws `complaint(kind)` for other values, and Go's nil dereference for nil. */
export function needItems(value: Value, complaint: (kind: string) => string): Value[] {
  const items = sliceItems(value);
  if (items !== undefined) return items;
  throw new FunctionError(value === null ? NIL_DEREFERENCE : complaint(kindOf(value)));
}

/** Sprig's `toStrings`: elements that are not nil as text; a single value becomes a list of one. */
export function toStrings(value: Value): string[] {
  const items = sliceItems(value);
  if (items !== undefined) return items.filter((item) => item !== null).map(strval);
  return value === null ? [] : [strval(value)];
}

/** The number in an argument of Go type `int`. */
export function intArgument(value: Value | undefined): number {
  return value instanceof GoInt ? value.toNumber() : 0;
}

/** The text in an argument of Go type `string`; the checks before the call see to it that it is one. */
export function textArgument(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The map in an argument of Go type `map[string]interface {}`. */
export function mapArgument(value: Value | undefined): Map<string, Value> {
  return value instanceof Map ? value : new Map<string, Value>();
}

/** Any argument; nil when it is absent. */
export function anyArgument(value: Value | undefined): Value {
  return value ?? null;
}
