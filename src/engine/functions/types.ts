import { type GoFunction, type Value, deepEqual, fn, isTrue, kindOf, typeOf } from '../value.js';
import { anyArgument, textArgument } from './convert.js';

const ANY = 'interface {}';

const isEmpty = (value: Value | undefined): boolean =>
  value === undefined || value === null || !isTrue(value);

/** Sprig's functions about types and defaults. */
export const typeFunctions: readonly GoFunction[] = [
  fn('typeOf', [ANY], ([value]) => typeOf(anyArgument(value))),
  fn('typeIs', ['string', ANY], ([name, value]) => name === typeOf(anyArgument(value))),
  fn('typeIsLike', ['string', ANY], ([name, value]) => {
    const type = typeOf(anyArgument(value));
    return textArgument(name) === type || `*${textArgument(name)}` === type;
  }),
  fn('kindOf', [ANY], ([value]) => kindOf(anyArgument(value))),
  fn('kindIs', ['string', ANY], ([name, value]) => name === kindOf(anyArgument(value))),
  fn('deepEqual', [ANY, ANY], ([a, b]) => deepEqual(anyArgument(a), anyArgument(b))),
  fn('default', [ANY, `...${ANY}`], ([otherwise, given]) => anyArgument(isEmpty(given) ? otherwise : given)),
  fn('empty', [ANY], ([value]) => isEmpty(value)),
  fn('coalesce', [`...${ANY}`], (args) => args.find((value) => !isEmpty(value)) ?? null),
  fn('all', [`...${ANY}`], (args) => args.every((value) => !isEmpty(value))),
  fn('any', [`...${ANY}`], (args) => args.some((value) => !isEmpty(value))),
  fn('ternary', [ANY, ANY, 'bool'], ([yes, no, condition]) => anyArgument(condition === true ? yes : no)),
];
