/** What functions do to shapes: which parts of the data their result may be, and what they read of arguments. */
import type { GoFunction } from '../value.js';
import type { ReadKind } from './read-set.js';
import {
  ANY_KEY,
  childOf,
  holdsData,
  join,
  listShape,
  mapShape,
  NOTHING,
  type Shape,
  textShape,
} from './shape.js';

/** Takes note of what is read of a value. */
export type Use = (shape: Shape, kind: ReadKind) => void;

type Transfer = (args: readonly Shape[], use: Use) => Shape;

const keyOf = (shape: Shape | undefined): string => shape?.text ?? ANY_KEY;

/** One of the arguments comes back. */
const oneOf: Transfer = (args) => join(args);

const element: Transfer = ([list = NOTHING]) => childOf(list, ANY_KEY);

/** A new list of what lies in the lists and of the other arguments. */
const gathered: Transfer = (args, use) => {
  for (const arg of args) use(arg, 'keys');
  return listShape(args.flatMap((arg) => [arg, childOf(arg, ANY_KEY)]));
};

const lookup: Transfer = ([container = NOTHING, ...keys], use) => {
  let shape = container;
  for (const key of keys) {
    use(key, 'value');
    shape = childOf(shape, keyOf(key));
  }
  return shape;
};

const dict: Transfer = (args) => {
  const fields = new Map<string, Shape>();
  for (let i = 0; i + 1 < args.length; i += 2) {
    const key = keyOf(args[i]);
    fields.set(key, join([fields.get(key) ?? NOTHING, args[i + 1] ?? NOTHING]));
  }
  return mapShape(fields);
};

const set: Transfer = ([map = NOTHING, key, value = NOTHING], use) => {
  // A value put into the data itself is found under a path that does not tell where it came from.
  if (map.paths.length > 0 && holdsData(value)) use(value, 'value');
  for (const fields of map.maps) fields.set(keyOf(key), join([fields.get(keyOf(key)) ?? NOTHING, value]));
  return map;
};

const dig: Transfer = (args, use) => {
  const found = lookup([args.at(-1) ?? NOTHING, ...args.slice(0, -2)], use);
  return join([found, args.at(-2) ?? NOTHING]);
};

const asked =
  (kind: ReadKind): Transfer =>
  (args, use) => {
    for (const arg of args) use(arg, kind);
    return NOTHING;
  };

const print: Transfer = (args, use) => {
  const texts = args.map((arg) => arg.text);
  if (texts.every((text) => text !== undefined)) return textShape(texts.join(''));
  return everythingRead(args, use);
};

/** What every other function does, for all we know: reads its arguments and makes something new of them. */
const everythingRead: Transfer = (args, use) => {
  for (const arg of args) use(arg, 'value');
  return NOTHING;
};

const named = (effect: Transfer, ...names: string[]): [string, Transfer][] =>
  names.map((name) => [name, effect]);

const TRANSFERS = new Map<string, Transfer>([
  ...named(oneOf, 'default', 'coalesce', 'ternary', 'required', 'and', 'or'),
  ...named(element, 'first', 'mustFirst', 'last', 'mustLast'),
  ...named(gathered, 'list', 'tuple', 'append', 'mustAppend', 'push', 'mustPush', 'prepend', 'mustPrepend'),
  ...named(gathered, 'concat', 'rest', 'mustRest', 'initial', 'mustInitial'),
  ...named(lookup, 'index', 'get'),
  ['hasKey', (args, use) => asked('presence')([lookup(args, use)], use)],
  ['pluck', ([key = NOTHING, ...maps], use) => listShape(maps.map((map) => lookup([map, key], use)))],
  ['dig', dig],
  ['dict', dict],
  ['set', set],
  ['print', print],
  ...named(
    asked('presence'),
    'not',
    'empty',
    'kindOf',
    'kindIs',
    'typeOf',
    'typeIs',
    'typeIsLike',
    'all',
    'any',
  ),
  ...named(asked('keys'), 'len', 'keys'),
]);

/** The shape of a call's result; `include` and `tpl` are not calls of this kind. */
export function transfer({ name }: GoFunction, args: readonly Shape[], use: Use): Shape {
  return (TRANSFERS.get(name) ?? everythingRead)(args, use);
}
