import { FunctionError } from '../errors.js';
import {
  type Budget,
  type CallContext,
  type GoFunction,
  type Value,
  GoMap,
  fn,
  isTrue,
  sortedKeys,
  stringList,
  typeOf,
} from '../value.js';
import { anyArgument, mapArgument, strval, textArgument } from './convert.js';

const ANY = 'interface {}';
const MAP = 'map[string]interface {}';

function dict(args: Value[], { budget }: CallContext): Map<string, Value> {
  budget.collect(args.length + 1);
  const map = new Map<string, Value>();
  for (let i = 0; i < args.length; i += 2) {
    map.set(strval(anyArgument(args[i])), i + 1 < args.length ? anyArgument(args[i + 1]) : '');
  }
  return map;
}

function dig(args: Value[]): Value {
  if (args.length < 3) throw new FunctionError('dig needs at least three arguments');
  const fallback = anyArgument(args.at(-2));
  let step = anyArgument(args.at(-1));
  assertMap(step);
  const path = args.slice(0, -2).map((key) => {
    if (typeof key === 'string') return key;
    throw conversionError(key, 'string');
  });
  for (const key of path) {
    const found = assertMap(step).get(key);
    if (found === undefined) return fallback;
    step = found;
  }
  return step;
}

/** Go's type assertion: named map types do not pass. */
function assertMap(value: Value): Map<string, Value> {
  if (value instanceof Map && !(value instanceof GoMap)) return value;
  if (value instanceof GoMap && value.goType === MAP) return value;
  throw conversionError(value, MAP);
}

function conversionError(value: Value, wanted: string): FunctionError {
  const actual = value === null ? 'nil' : typeOf(value);
  return new FunctionError(`interface conversion: interface {} is ${actual}, not ${wanted}`);
}

/**
 * mergo's merge of maps, in place: fills what is missing or empty in `target`; with `overwrite` the source
 * wins, but nil never replaces anything without it. Maps on both sides are merged, lists are not.
 */
function merge(
  target: Map<string, Value>,
  source: Map<string, Value>,
  overwrite: boolean,
  budget: Budget,
): void {
  budget.step(source.size + 1);
  budget.collect(source.size);
  for (const [key, value] of source) {
    if (value === null) {
      if (overwrite) target.set(key, null);
      continue;
    }
    const present = target.get(key);
    if (value instanceof Map && present instanceof Map) {
      // Into itself as well: what mergo never ends with, the budget does.
      merge(present, value, overwrite, budget);
      if (present.size > 0) continue;
    }
    if (overwrite || present === undefined || !isTrue(present)) target.set(key, value);
  }
}

function mergeFunctions(name: string, overwrite: boolean): GoFunction[] {
  const call = ([target, ...sources]: Value[], { budget }: CallContext): Value => {
    const map = mapArgument(target);
    for (const source of sources) merge(map, mapArgument(source), overwrite, budget);
    return map;
  };
  const signature = [MAP, `...${MAP}`];
  return [
    fn(name, signature, call),
    fn(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, signature, call),
  ];
}

function pick(map: Map<string, Value>, keys: Value[]): Value {
  const picked = new Map<string, Value>();
  for (const key of keys.map(textArgument)) {
    const value = map.get(key);
    if (value !== undefined) picked.set(key, value);
  }
  return picked;
}

function omit(map: Map<string, Value>, keys: Value[]): Value {
  const omitted = new Set(keys.map(textArgument));
  return new Map([...map].filter(([key]) => !omitted.has(key)));
}

/** Sprig's dictionary functions. Where Go's order is by chance (`keys`, `values`), keys are sorted. */
export const dictFunctions: readonly GoFunction[] = [
  fn('dict', [`...${ANY}`], dict),
  fn('get', [MAP, 'string'], ([map, key]) => {
    const value = mapArgument(map).get(textArgument(key));
    return value === undefined ? '' : value;
  }),
  fn('set', [MAP, 'string', ANY], ([map, key, value], { budget }) => {
    budget.collect(1);
    if (map instanceof GoMap && map.isNil) throw new FunctionError('assignment to entry in nil map');
    return mapArgument(map).set(textArgument(key), anyArgument(value));
  }),
  fn('unset', [MAP, 'string'], ([map, key]) => {
    mapArgument(map).delete(textArgument(key));
    return mapArgument(map);
  }),
  fn('hasKey', [MAP, 'string'], ([map, key]) => mapArgument(map).has(textArgument(key))),
  fn('pluck', ['string', `...${MAP}`], ([key, ...maps]) =>
    maps.flatMap((map) => {
      const value = mapArgument(map).get(textArgument(key));
      return value === undefined ? [] : [value];
    }),
  ),
  fn('keys', [`...${MAP}`], (maps) => stringList(maps.flatMap((map) => sortedKeys(mapArgument(map))))),
  fn('values', [MAP], ([map]) => {
    const entries = mapArgument(map);
    return sortedKeys(entries).map((key) => anyArgument(entries.get(key)));
  }),
  fn('pick', [MAP, '...string'], ([map, ...keys]) => pick(mapArgument(map), keys)),
  fn('omit', [MAP, '...string'], ([map, ...keys]) => omit(mapArgument(map), keys)),
  ...mergeFunctions('merge', false),
  ...mergeFunctions('mergeOverwrite', true),
  fn('dig', [`...${ANY}`], dig),
];
