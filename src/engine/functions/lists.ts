import { compareStrings } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { unfoldedSize } from '../size.js';
import {
  GoList,
  GoMap,
  GoObject,
  type CallContext,
  type GoFunction,
  type Value,
  deepEqual,
  fn,
  int,
  isTrue,
  listOf,
  nilList,
  stringList,
} from '../value.js';
import {
  anyArgument,
  intArgument,
  needItems,
  sliceItems,
  strval,
  toIntNumber,
  toStrings,
} from './convert.js';

const ANY = 'interface {}';

type ListCall = (items: Value[], rest: Value[], context: CallContext) => Value;

/** A function and its `must` twin: Sprig panics in the one and returns an error in the other; both say the same. */
function twins(
  name: string,
  signature: string[],
  call: (args: Value[], context: CallContext) => Value,
): GoFunction[] {
  const must = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [fn(name, signature, call), fn(must, signature, call)];
}

/** A function of one list: `Cannot <verb> on type <kind>` for anything else. */
function listFunction(name: string, verb: string, more: string[], call: ListCall): GoFunction[] {
  return twins(name, [ANY, ...more], ([list, ...rest], context) => {
    const items = needItems(anyArgument(list), (kind) => `Cannot ${verb} type ${kind}`);
    context.budget.step(items.length);
    return call(items, rest, context);
  });
}

/** The nil slice that Go returns where there is nothing. */
const nothing = (): Value => nilList('[]interface {}');

function unique(items: Value[], context: CallContext): Value[] {
  const kept: Value[] = [];
  for (const item of items) {
    context.budget.step(kept.length);
    if (!kept.some((other) => deepEqual(item, other))) kept.push(item);
  }
  return kept;
}

/** `list[from:to]` of the list's own type. */
function slice(list: Value, indices: Value[]): Value {
  const items = needItems(list, (kind) => `list should be type of slice or array but ${kind}`);
  if (items.length === 0) return null;
  const from = indices.length > 0 ? toIntNumber(anyArgument(indices[0])) : 0;
  const to = indices.length < 2 ? items.length : toIntNumber(anyArgument(indices[1]));
  if (from < 0 || to < from || to > items.length) {
    throw new FunctionError('reflect.Value.Slice: slice index out of bounds');
  }
  const part = items.slice(from, to);
  return list instanceof GoList ? listOf(list.goType, part) : part;
}

/** Sprig counts the chunks in floats: what a size below 1 gives is what comes of that, mostly a panic. */
function chunk(size: number, items: Value[]): Value {
  const count = Math.floor((items.length - 1) / size) + 1;
  if (!(count >= 0) || !Number.isFinite(count) || (size < 0 && count > 0)) {
    throw new FunctionError('runtime error: makeslice: len out of range');
  }
  const chunks = Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
  return listOf('[][]interface {}', chunks);
}

function concat(lists: Value[], { budget }: CallContext): Value {
  const parts = lists.map((list) => needItems(list, (kind) => `Cannot concat type ${kind} as list`));
  budget.collect(parts.reduce((sum, part) => sum + part.length, 0));
  const joined = parts.flat(1);
  return joined.length === 0 ? nothing() : joined;
}

function has(needle: Value, haystack: Value, context: CallContext): boolean {
  if (haystack === null) return false;
  const items = needItems(haystack, (kind) => `Cannot find has on type ${kind}`);
  context.budget.step(items.length);
  return items.some((item) => deepEqual(needle, item));
}

function sortAlpha(value: Value): Value {
  if (sliceItems(value) === undefined) return stringList([strval(value)]);
  return stringList(toStrings(value).sort(compareStrings));
}

function until(from: number, to: number, step: number, context: CallContext): Value {
  const length = (to - from) / step;
  if (!(length > 0) || !Number.isFinite(length)) return listOf('[]int', []);
  context.budget.collect(Math.ceil(length));
  return listOf(
    '[]int',
    Array.from({ length: Math.ceil(length) }, (_, i) => int(from + i * step)),
  );
}

function deepCopy(value: Value): Value {
  if (Array.isArray(value)) {
    const copy = value.map(deepCopy);
    if (!(value instanceof GoList)) return copy;
    return value.isNil ? nilList(value.goType) : listOf(value.goType, copy);
  }
  if (!(value instanceof Map) || value instanceof GoObject) return value;
  const entries = [...value].map(([key, item]) => [key, deepCopy(item)] as const);
  return value instanceof GoMap
    ? new GoMap(value.goType, entries, value.zero, value.methods)
    : new Map(entries);
}

const ENDS: GoFunction[] = [
  ...listFunction('first', 'find first on', [], (items) => items[0] ?? null),
  ...listFunction('last', 'find last on', [], (items) => items.at(-1) ?? null),
  ...listFunction('rest', 'find rest on', [], (items) => (items.length === 0 ? nothing() : items.slice(1))),
  ...listFunction('initial', 'find initial on', [], (items) =>
    items.length === 0 ? nothing() : items.slice(0, -1),
  ),
];

const ADDING: GoFunction[] = [
  fn('list', [`...${ANY}`], (args) => args),
  fn('tuple', [`...${ANY}`], (args) => args),
  ...listFunction('append', 'push on', [ANY], (items, [item]) => [...items, anyArgument(item)]),
  ...listFunction('push', 'push on', [ANY], (items, [item]) => [...items, anyArgument(item)]),
  ...listFunction('prepend', 'prepend on', [ANY], (items, [item]) => [anyArgument(item), ...items]),
  fn('concat', [`...${ANY}`], (args, context) => concat(args, context)),
  fn('until', ['int'], ([count], context) => {
    const to = intArgument(count);
    return until(0, to, to < 0 ? -1 : 1, context);
  }),
  fn('untilStep', ['int', 'int', 'int'], ([from, to, step], context) =>
    until(intArgument(from), intArgument(to), intArgument(step), context),
  ),
];

const CHOOSING: GoFunction[] = [
  ...listFunction('reverse', 'find reverse on', [], (items) => items.toReversed()),
  ...listFunction('compact', 'compact on', [], (items) => items.filter(isTrue)),
  ...listFunction('uniq', 'find uniq on', [], (items, _rest, context) => unique(items, context)),
  ...listFunction('without', 'find without on', [`...${ANY}`], (items, omitted, { budget }) => {
    budget.step(items.length * omitted.length);
    return items.filter((item) => !omitted.some((other) => deepEqual(item, other)));
  }),
  ...twins('has', [ANY, ANY], ([needle, list], context) =>
    has(anyArgument(needle), anyArgument(list), context),
  ),
  ...twins('slice', [ANY, `...${ANY}`], ([list, ...indices]) => slice(anyArgument(list), indices)),
  ...twins('chunk', ['int', ANY], ([size, list]) => {
    const items = needItems(anyArgument(list), (kind) => `Cannot chunk type ${kind}`);
    return chunk(intArgument(size), items);
  }),
  fn('sortAlpha', [ANY], ([list], { budget }) => {
    budget.step(sliceItems(anyArgument(list))?.length ?? 1);
    return sortAlpha(anyArgument(list));
  }),
  ...twins('deepCopy', [ANY], ([value], { budget }) => {
    if (value === undefined || value === null)
      throw new FunctionError('reflect: call of reflect.Value.Type on zero Value');
    budget.collect(unfoldedSize(value));
    return deepCopy(value);
  }),
];

/** Sprig's list functions, and `deepCopy`. */
export const listFunctions: readonly GoFunction[] = [...ENDS, ...ADDING, ...CHOOSING];
