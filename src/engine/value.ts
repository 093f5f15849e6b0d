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
import type { Environment } from './environment.js';

export type IntKind =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'uintptr';

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

const SMALL_MIN = -16;
const SMALL_MAX = 256;
const WIDTH: Record<IntKind, number> = {
  int: 64,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  uintptr: 64,
};

/** True for `uint…` and `uintptr`. */
export function isUnsigned(kind: IntKind): boolean {
  return kind.startsWith('u');
}

/**
 * An integer of Go. Make one with {@link int}, {@link int64} or {@link intOf}: these wrap around as Go does.
 * Named integer types (time.Duration) are subclasses that override `type` and `toText`.
 */
export class GoInt {
  constructor(
    readonly value: bigint,
    readonly kind: IntKind,
  ) {}

  /** Go's name of the type (`%T`). */
  get type(): string {
    return this.kind;
  }

  /** The result of the type's String method, undefined when it has none. */
  toText(): string | undefined {
    return undefined;
  }

  /** The nearest JavaScript number; exact up to 2^53. */
  toNumber(): number {
    return Number(this.value);
  }

  /** Decimal digits; the fmt package and not this decides how values print in templates. */
  toString(): string {
    return this.value.toString();
  }
}

const smallInts = new Map<IntKind, GoInt[]>();

/** The integer of `kind` that `value` is after Go's wrap-around. */
export function intOf(kind: IntKind, value: bigint | number): GoInt {
  if (typeof value === 'number' && value >= SMALL_MIN && value <= SMALL_MAX && Number.isInteger(value)) {
    return smallInt(kind, value);
  }
  const big = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  const wrapped = isUnsigned(kind) ? BigInt.asUintN(WIDTH[kind], big) : BigInt.asIntN(WIDTH[kind], big);
  return new GoInt(wrapped, kind);
}

function smallInt(kind: IntKind, value: number): GoInt {
  if ((value < 0 && isUnsigned(kind)) || (value > 127 && WIDTH[kind] === 8)) {
    return intOf(kind, BigInt(value));
  }
  let row = smallInts.get(kind);
  if (!row) {
    row = [];
    for (let i = SMALL_MIN; i <= SMALL_MAX; i++) row.push(new GoInt(BigInt(i), kind));
    smallInts.set(kind, row);
  }
  return row[value - SMALL_MIN] ?? new GoInt(BigInt(value), kind);
}

/** A Go `int`. */
export const int = (value: bigint | number): GoInt => intOf('int', value);
/** A Go `int64`. */
export const int64 = (value: bigint | number): GoInt => intOf('int64', value);

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

/** A Go `error` as a value (seldom seen by templates). */
export class GoErrorValue extends GoObject {
  readonly type = '*errors.errorString';
  readonly kind = 'ptr';

  constructor(readonly message: string) {
    super();
  }

  override get isError(): boolean {
    return true;
  }

  override toText(): string {
    return this.message;
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

/**
 * What a template function gets besides its arguments. Functions are pure apart from this: chance, time,
 * cluster and other templates come from here, so that a render can be repeated.
 */
export interface CallContext {
  readonly environment: Environment;
  readonly budget: Budget;
  /** Renders the named template (Helm's `include`). */
  include(name: string, data: Value): string;
  /** Renders `text` as a template beside the chart's (Helm's `tpl`). */
  tpl(text: string, data: Value): string;
}

/** Bounds of one render. Each method throws a TemplateError with code BudgetExceeded. */
export interface Budget {
  /** Counts work: call it with the number of elements before a loop whose length the template chooses. */
  step(count?: number): void;
  /** Call it with the size before making a text (characters) or list (elements) the template chose the size of. */
  grow(size: number): void;
}

/**
 * Go name of a parameter's type, as it stands in Go's messages: `interface {}`, `string`, `int`, `int64`,
 * `float64`, `bool`, `map[string]interface {}`, `[]interface {}`, `[]string`, `error`, `time.Time` …
 * `reflect.Value` takes anything, nil too, like `interface {}`.
 */
export type ParamType = string;

/** A function of the language. Build with {@link fn}. */
export interface GoFunction {
  readonly name: string;
  readonly params: readonly ParamType[];
  /** Type of each further argument; undefined when the function is not variadic. */
  readonly variadic?: ParamType;
  /**
   * `args` are checked against `params`: as many as the signature takes, each of its Go type. Throws
   * FunctionError for a Go error; the evaluator adds the place.
   */
  call(args: Value[], context: CallContext): Value;
}

export type FunctionMap = ReadonlyMap<string, GoFunction>;

/**
 * A function from its Go signature: `fn('trimSuffix', ['string', 'string'], ([suffix, s]) => …)`. A last
 * parameter `...T` is variadic.
 */
export function fn(
  name: string,
  signature: readonly ParamType[],
  call: (args: Value[], context: CallContext) => Value,
): GoFunction {
  const last = signature.at(-1);
  if (!last?.startsWith('...')) return { name, params: signature, call };
  return { name, params: signature.slice(0, -1), variadic: last.slice(3), call };
}

/** A function map from functions; a later one of the same name wins. */
export function functionMap(
  ...groups: readonly (Iterable<GoFunction> | FunctionMap)[]
): Map<string, GoFunction> {
  const map = new Map<string, GoFunction>();
  for (const group of groups) {
    const functions =
      group instanceof Map ? (group as FunctionMap).values() : (group as Iterable<GoFunction>);
    for (const item of functions) map.set(item.name, item);
  }
  return map;
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
