/**
 * The values of the template language: Go values in JavaScript.
 *
 * | Go                          | here                                          |
 * |-----------------------------|-----------------------------------------------|
 * | nil, nil interface          | `null`                                        |
 * | bool, string, float64       | boolean, string (see bytes.ts), number        |
 * | every integer type          | {@link GoInt}                                 |
 * | []interface {}              | plain array                                   |
 * | map[string]interface {}     | plain `Map`                                   |
 * | other slices, other maps    | {@link GoList}, {@link GoMap} (they know their type) |
 * | anything with methods, structs, []byte, errors, times | subclass of {@link GoObject} |
 *
 * Values are never changed in place except where Go's function does so (`set`, `unset`, `merge`).
 */
import { compareStrings } from './bytes.js';
import type { FunctionMap, GoFunction } from './function.js';
import { GoInt, int, type IntKind, intOf } from './integer.js';

export * from './function.js';
export * from './integer.js';

/** `reflect.Kind` names, as Sprig's `kindOf` gives them. */
export type Kind =
  | 'invalid'
  | 'bool'
  | IntKind
  | 'float64'
  | 'complex128'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func';

export type Value = null | boolean | string | number | GoInt | Value[] | Map<string, Value> | GoObject;

/** A slice whose type is not `[]interface {}`: `[]string`, `[]int`, `[]map[string]interface {}` … */
export class GoList extends Array<Value> {
  /** `map`, `filter`, `slice` … give plain arrays: the result's type is the caller's business. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** Go's name of the type (`%T`). */
  goType = '[]interface {}';
  /** A nil slice: prints as `[]`, is `null` in JSON. */
  isNil = false;
}

/** A slice of the type `goType` (for instance `[]string`). */
export function listOf(goType: string, items: Iterable<Value>): GoList {
  const list = new GoList();
  list.goType = goType;
  for (const item of items) list.push(item);
  return list;
}

/** A `[]string`. */
export const stringList = (items: Iterable<string>): GoList => listOf('[]string', items);

/** The nil slice of `goType`. */
export function nilList(goType: string): GoList {
  const list = listOf(goType, []);
  list.isNil = true;
  return list;
}

/** A map whose type is not `map[string]interface {}`: `map[string]string`, `chartutil.Values` … */
export class GoMap extends Map<string, Value> {
  isNil = false;

  constructor(
    /** Go's name of the type (`%T`). */
    readonly goType: string,
    entries?: Iterable<readonly [string, Value]>,
    /** What a missing key gives: the zero value of the element type (`""` for map[string]string). */
    readonly zero: Value = null,
    /** Methods of a named map type; they go before keys in field lookup. */
    readonly methods?: FunctionMap,
  ) {
    super(entries);
  }

  /** The map this one is a view of; itself when it is none. Two views of one map are the same values. */
  get origin(): Map<string, Value> {
    return this;
  }
}

/** A `map[string]string`. */
export function stringMap(entries?: Iterable<readonly [string, string]>): GoMap {
  return new GoMap('map[string]string', entries, '');
}

/**
 * A Go value with methods, fields or a printed form of its own. Subclasses tell only what they have; the
 * evaluator, fmt, JSON and YAML ask through this interface and know no subclass.
 */
export abstract class GoObject {
  /** Go's name of the type (`%T`), e.g. `*time.Location`, `[]uint8`, `engine.files`. */
  abstract readonly type: string;
  abstract readonly kind: Kind;

  /** Method by name, bound to this value. Methods go before fields. */
  method(_name: string): GoFunction | undefined {
    return undefined;
  }

  /** Exported fields in the order of declaration: printing, JSON and `.Field` use them (kind struct or ptr). */
  fields(): readonly (readonly [string, Value])[] {
    return [];
  }

  /** Field of a struct; undefined when there is none. */
  field(name: string): Value | undefined {
    return this.fields().find(([key]) => key === name)?.[1];
  }

  /** Key and element pairs in range order (kind map or slice); undefined when it cannot be ranged. */
  entries(): readonly (readonly [Value, Value])[] | undefined {
    return undefined;
  }

  /** Element of a map by key: undefined when missing. */
  element(key: string): Value | undefined {
    return this.entries()?.find(([name]) => name === key)?.[1];
  }

  /** What an element missing from a map is (zero value of its element type). */
  zero(): Value {
    return null;
  }

  /** What `Error()` or `String()` give; undefined when the type has neither. */
  toText(): string | undefined {
    return undefined;
  }

  /** True when this is an `error`: fmt and function results care. */
  get isError(): boolean {
    return false;
  }

  /** What encoding/json and sigs.k8s.io/yaml see. By default the fields or entries. */
  toData(): Value {
    const entries = this.entries();
    if (entries && this.kind === 'slice') return entries.map(([, value]) => value);
    return new Map(entries ? (entries as readonly (readonly [string, Value])[]) : this.fields());
  }

  /** Truth in `if`, `and`, `default` … Structs and pointers are true, maps and slices when not empty. */
  isTrue(): boolean {
    return this.kind === 'map' || this.kind === 'slice' ? (this.entries()?.length ?? 0) > 0 : true;
  }
}

/** A `[]byte`. Prints as `[104 105]`; `toString`, `b64enc` and others of Sprig take it as text. */
export class GoBytes extends GoObject {
  readonly type = '[]uint8';
  readonly kind = 'slice';

  constructor(readonly bytes: Uint8Array) {
    super();
  }

  override entries(): readonly (readonly [Value, Value])[] {
    return Array.from(this.bytes, (byte, i) => [int(i), intOf('uint8', byte)] as const);
  }

  override isTrue(): boolean {
    return this.bytes.length > 0;
  }
}

/** A function as a value: methods taken as fields, `call`. */
export class GoFunctionValue extends GoObject {
  readonly type = 'func()';
  readonly kind = 'func';

  constructor(readonly target: GoFunction) {
    super();
  }
}

/** `reflect.ValueOf(v).Kind()` by name: Sprig's `kindOf`. */
export function kindOf(value: Value): Kind {
  if (value === null) return 'invalid';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  if (Array.isArray(value)) return 'slice';
  return value instanceof Map ? 'map' : value.kind;
}

/** `fmt.Sprintf("%T", v)`: Sprig's `typeOf`. */
export function typeOf(value: Value): string {
  if (value === null) return '<nil>';
  if (value instanceof GoInt || value instanceof GoObject) return value.type;
  if (value instanceof GoList || value instanceof GoMap) return value.goType;
  if (Array.isArray(value)) return '[]interface {}';
  return value instanceof Map ? 'map[string]interface {}' : kindOf(value);
}

/** Go's truth: not the zero value, not empty. Structs are always true. */
export function isTrue(value: Value): boolean {
  if (value === null || typeof value !== 'object') return Boolean(value) || Number.isNaN(value);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return value instanceof GoInt ? value.value !== 0n : value.isTrue();
}

/** Keys of a map in Go's order (bytes). */
export function sortedKeys(map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].sort(compareStrings);
}

/** `reflect.DeepEqual`: same types, same contents. */
export function deepEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeOf(a) !== typeOf(b)) return false;
  if (Array.isArray(a)) return equalLists(a, b as Value[]);
  if (a instanceof Map) return equalMaps(a, b as Map<string, Value>);
  if (a instanceof GoInt) return a.value === (b as GoInt).value;
  return a instanceof GoObject && equalObjects(a, b as GoObject);
}

const isNil = (value: Value): boolean => (value instanceof GoList || value instanceof GoMap) && value.isNil;

function equalLists(a: Value[], b: Value[]): boolean {
  return (
    a.length === b.length && isNil(a) === isNil(b) && a.every((item, i) => deepEqual(item, b[i] ?? null))
  );
}

function equalMaps(a: Map<string, Value>, b: Map<string, Value>): boolean {
  if (a.size !== b.size || isNil(a) !== isNil(b)) return false;
  for (const [key, item] of a) {
    const other = b.get(key);
    if (other === undefined || !deepEqual(item, other)) return false;
  }
  return true;
}

function equalObjects(a: GoObject, b: GoObject): boolean {
  if (a.kind === 'func') return false;
  const text = a.toText();
  if (text !== undefined) return text === b.toText();
  return deepEqual(a.toData(), b.toData());
}

/**
 * A value from parsed JSON or from plain JavaScript data: every number becomes a float64, as Go's
 * encoding/json gives them and as Helm therefore sees values files.
 */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (Array.isArray(data)) return data.map(fromPlain);
  if (data instanceof Map) return new Map([...data].map(([key, item]) => [String(key), fromPlain(item)]));
  if (typeof data === 'object') {
    return new Map(Object.entries(data).map(([key, item]) => [key, fromPlain(item)]));
  }
  if (typeof data === 'bigint') return Number(data);
  return data as string | number | boolean;
}

/** The reverse of `fromPlain`, for data that came from YAML or JSON: integers become numbers. */
export function toPlain(value: Value): unknown {
  if (value instanceof GoInt) return value.toNumber();
  if (value instanceof GoObject) return toPlain(value.toData());
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item)]));
  return value;
}
