/** The functions every Go template has. */
import { byteLength, byteSlice, toBytes } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { sprint, sprintf, sprintln } from '../fmt/fmt.js';
import {
  type CallContext,
  fn,
  type FunctionMap,
  functionMap,
  GoBytes,
  type GoFunction,
  GoFunctionValue,
  GoInt,
  GoList,
  GoMap,
  GoObject,
  int,
  intOf,
  isTrue,
  listOf,
  typeOf,
  type Value,
} from '../value.js';
import { COMPARISONS } from './compare.js';
import { escapeHtml, escapeJs, escapeQuery } from './escape.js';

const unreachable = (): never => {
  throw new FunctionError('handled by the evaluator');
};

/** These evaluate their arguments one by one, so the evaluator handles them itself. */
export const AND = fn('and', ['reflect.Value', '...reflect.Value'], unreachable);
export const OR = fn('or', ['reflect.Value', '...reflect.Value'], unreachable);

/** The length Go's `len` gives; undefined for what has none. */
function lengthOf(item: Value): number | undefined {
  if (typeof item === 'string') return byteLength(item);
  if (Array.isArray(item)) return item.length;
  if (item instanceof Map) return item.size;
  if (item instanceof GoBytes) return item.bytes.length;
  return item instanceof GoObject ? item.entries()?.length : undefined;
}

function indexNumber(at: Value, limit: number): number {
  if (at === null) throw new FunctionError('cannot index slice/array with nil');
  if (!(at instanceof GoInt)) throw new FunctionError(`cannot index slice/array with type ${typeOf(at)}`);
  if (at.value < 0n || at.value > BigInt(limit)) {
    throw new FunctionError(`index out of range: ${BigInt.asIntN(64, at.value)}`);
  }
  return at.toNumber();
}

function element(item: Value, key: Value): Value {
  if (item === null) throw new FunctionError('index of nil pointer');
  if (item instanceof Map || (item instanceof GoObject && item.kind === 'map')) return mapElement(item, key);
  const elements = elementsOf(item);
  if (!elements) throw new FunctionError(`can't index item of type ${typeOf(item)}`);
  const found = elements[indexNumber(key, elements.length)];
  if (found !== undefined)
    return typeof found === 'number' && item !== elements ? intOf('uint8', found) : found;
  // Go's own check lets an index equal to the length pass; then reflect panics.
  throw new FunctionError(`reflect: ${typeof item === 'string' ? 'string' : 'slice'} index out of range`);
}

/** What a number picks from: bytes of a text, elements of a list. */
function elementsOf(item: Value): ArrayLike<Value> | undefined {
  if (Array.isArray(item)) return item;
  if (typeof item === 'string') return toBytes(item);
  if (item instanceof GoBytes) return item.bytes;
  const isSlice = item instanceof GoObject && item.kind === 'slice';
  return isSlice ? item.entries()?.map(([, value]) => value) : undefined;
}

function mapElement(item: Map<string, Value> | GoObject, key: Value): Value {
  if (key === null) throw new FunctionError('value is nil; should be of type string');
  if (typeof key !== 'string') throw new FunctionError(`value has type ${typeOf(key)}; should be string`);
  if (item instanceof GoObject) return item.element(key) ?? item.zero();
  return item.get(key) ?? (item instanceof GoMap ? item.zero : null);
}

/** `index x 1 "a"`: an element of a list or map, as deep as there are indexes. */
function index([item = null, ...keys]: Value[]): Value {
  if (item === null) throw new FunctionError('index of untyped nil');
  return keys.reduce(element, item);
}

function checkBounds(item: Value, count: number): void {
  if (count > 3) throw new FunctionError(`too many slice indexes: ${count}`);
  if (count === 3 && typeof item === 'string') throw new FunctionError('cannot 3-index slice a string');
}

/** `slice x 1 2`: Go's x[1:2]. */
function slice([item = null, ...bounds]: Value[]): Value {
  if (item === null) throw new FunctionError('slice of untyped nil');
  checkBounds(item, bounds.length);
  const length = item instanceof Map ? undefined : lengthOf(item);
  if (length === undefined) throw new FunctionError(`can't slice item of type ${typeOf(item)}`);
  const [from = 0, to = length, most = length] = bounds.map((bound) => indexNumber(bound, length));
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  if (to > most) throw new FunctionError(`invalid slice index: ${to} > ${most}`);
  return sliced(item, from, to);
}

function sliced(item: Value, from: number, to: number): Value {
  if (typeof item === 'string') return byteSlice(item, from, to);
  if (item instanceof GoBytes) return new GoBytes(item.bytes.slice(from, to));
  if (item instanceof GoList) return listOf(item.goType, item.slice(from, to));
  return Array.isArray(item) ? item.slice(from, to) : null;
}

function len([item = null]: Value[]): Value {
  const length = lengthOf(item);
  if (item === null) throw new FunctionError('len of nil pointer');
  if (length === undefined) throw new FunctionError(`len of type ${typeOf(item)}`);
  return int(length);
}

/** `len`, which the evaluator must know apart. */
export const LEN = fn('len', ['reflect.Value'], len);

function call([target = null, ...args]: Value[], context: CallContext): Value {
  if (target === null) throw new FunctionError('call of nil');
  if (!(target instanceof GoFunctionValue)) {
    throw new FunctionError(`non-function of type ${typeOf(target)}`);
  }
  return target.target.call(args, context);
}

/** What html, js and urlquery work on, character by character: the printed form of all arguments. */
function printed(args: Value[], { budget }: CallContext): string {
  const text = sprint(
    args.map((arg) => arg ?? '<no value>'),
    budget,
  );
  budget.step(text.length);
  return text;
}

const functions: readonly GoFunction[] = [
  AND,
  OR,
  fn('not', ['reflect.Value'], ([value = null]) => !isTrue(value)),
  fn('call', ['reflect.Value', '...reflect.Value'], call),
  fn('index', ['reflect.Value', '...reflect.Value'], index),
  fn('slice', ['reflect.Value', '...reflect.Value'], slice),
  LEN,
  fn('print', ['...interface {}'], (args, { budget }) => sprint(args, budget)),
  fn('println', ['...interface {}'], (args, { budget }) => sprintln(args, budget)),
  fn('printf', ['string', '...interface {}'], ([format, ...args], { budget }) => {
    for (const arg of args) if (typeof arg === 'string') budget.step(arg.length);
    return sprintf(format as string, args, budget);
  }),
  fn('html', ['...interface {}'], (args, context) => escapeHtml(printed(args, context))),
  fn('js', ['...interface {}'], (args, context) => escapeJs(printed(args, context))),
  fn('urlquery', ['...interface {}'], (args, context) => escapeQuery(printed(args, context))),
  ...COMPARISONS,
];

/** Functions of Go's text/template; functions of a set go before them. */
export const BUILTINS: FunctionMap = functionMap(functions);
