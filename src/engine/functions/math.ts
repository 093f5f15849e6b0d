import { FunctionError } from '../errors.js';
import { sprint } from '../fmt/fmt.js';
import { type CallContext, type GoFunction, type Value, fn, int, int64 } from '../value.js';
import { anyArgument, intArgument, textArgument, toFloat64, toInt64, toIntNumber } from './convert.js';
import { Decimal } from './decimal.js';

const ANY = 'interface {}';
const MAX_INT64 = 2n ** 63n - 1n;

function fold(name: string, signature: string[], combine: (a: bigint, b: bigint) => bigint): GoFunction {
  return fn(name, signature, ([first, ...rest]) =>
    int64(
      rest.reduce(
        (sum: bigint, value) => BigInt.asIntN(64, combine(sum, toInt64(value))),
        toInt64(anyArgument(first)),
      ),
    ),
  );
}

function decimals(name: string, combine: (a: Decimal, b: Decimal) => Decimal): GoFunction {
  return fn(name, [ANY, `...${ANY}`], ([first, ...rest]) => calculate(anyArgument(first), rest, combine));
}

function calculate(first: Value, rest: Value[], combine: (a: Decimal, b: Decimal) => Decimal): number {
  let result = Decimal.of(toFloat64(first));
  for (const value of rest) result = combine(result, Decimal.of(toFloat64(value)));
  return result.toNumber();
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new FunctionError('runtime error: integer divide by zero');
  return value;
}

/** Sprig's `round`: the fraction decides from `roundOn` up; below zero it always goes down. */
function round(value: number, places: number, roundOn: number): number {
  const power = 10 ** places;
  const digit = power * value;
  const fraction = digit - Math.trunc(digit);
  return (fraction >= roundOn ? Math.ceil(digit) : Math.floor(digit)) / power;
}

/** `strconv.Atoi` without its error: 0 for no number, the nearest end for one that is too large. */
function atoi(text: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) return 0n;
  const value = BigInt(text.replace(/^\+/, ''));
  if (value > MAX_INT64) return MAX_INT64;
  return value < -MAX_INT64 ? -MAX_INT64 - 1n : value;
}

function fromOctal(text: string): bigint {
  if (!/^[+-]?[0-7]+$/.test(text)) return 0n;
  const magnitude = BigInt(`0o${text.replace(/^[+-]/, '')}`);
  return magnitude > MAX_INT64 ? 0n : text.startsWith('-') ? -magnitude : magnitude;
}

/** `seq`: one number counts from 1, two give the range, three have the step in the middle. */
function sequence(params: number[], { budget }: CallContext): string {
  const [from, step, to] = sequenceRange(params);
  if (from === undefined || step === undefined || to === undefined) return '';
  if (step === 0 || (to - from) / step < 0) return '';
  const length = Math.floor((to - from) / step) + 1;
  budget.collect(length);
  return Array.from({ length }, (_, i) => from + i * step).join(' ');
}

function sequenceRange(params: number[]): (number | undefined)[] {
  const [first = 0, second = 0, third = 0] = params;
  if (params.length === 1) return [1, first < 1 ? -1 : 1, first];
  if (params.length === 2) return [first, second < first ? -1 : 1, second];
  return params.length === 3 ? [first, second, third] : [];
}

const CONVERSIONS: GoFunction[] = [
  fn('int', [ANY], ([value]) => int(toInt64(anyArgument(value)))),
  fn('int64', [ANY], ([value]) => int64(toInt64(anyArgument(value)))),
  fn('float64', [ANY], ([value]) => toFloat64(anyArgument(value))),
  fn('atoi', ['string'], ([text]) => int(atoi(textArgument(text)))),
  fn('toDecimal', [ANY], ([value]) => int64(fromOctal(sprint([anyArgument(value)])))),
];

const INTEGERS: GoFunction[] = [
  fn('add1', [ANY], ([value]) => int64(toInt64(anyArgument(value)) + 1n)),
  fn('add', [`...${ANY}`], (args) => int64(args.reduce((sum: bigint, value) => sum + toInt64(value), 0n))),
  fold('sub', [ANY, ANY], (a, b) => a - b),
  fold('div', [ANY, ANY], (a, b) => a / divisor(b)),
  fold('mod', [ANY, ANY], (a, b) => a % divisor(b)),
  fold('mul', [ANY, `...${ANY}`], (a, b) => a * b),
  fold('max', [ANY, `...${ANY}`], (a, b) => (b > a ? b : a)),
  fold('biggest', [ANY, `...${ANY}`], (a, b) => (b > a ? b : a)),
  fold('min', [ANY, `...${ANY}`], (a, b) => (b < a ? b : a)),
  fn('seq', ['...int'], (args, context) => sequence(args.map(intArgument), context)),
];

const FLOATS: GoFunction[] = [
  fn('add1f', [ANY], ([value]) => calculate(anyArgument(value), [1], (a, b) => a.add(b))),
  fn('addf', [`...${ANY}`], (args) => calculate(0, args, (a, b) => a.add(b))),
  decimals('subf', (a, b) => a.subtract(b)),
  decimals('divf', (a, b) => a.divide(b)),
  decimals('mulf', (a, b) => a.multiply(b)),
  fn('maxf', [ANY, `...${ANY}`], (args) => Math.max(...args.map(toFloat64))),
  fn('minf', [ANY, `...${ANY}`], (args) => Math.min(...args.map(toFloat64))),
  fn('ceil', [ANY], ([value]) => Math.ceil(toFloat64(anyArgument(value)))),
  fn('floor', [ANY], ([value]) => Math.floor(toFloat64(anyArgument(value)))),
  fn('round', [ANY, 'int', '...float64'], ([value, places, roundOn]) =>
    round(
      toFloat64(anyArgument(value)),
      toIntNumber(anyArgument(places)),
      roundOn === undefined ? 0.5 : toFloat64(roundOn),
    ),
  ),
];

/** Sprig's arithmetic: integers are int64 and wrap around, `…f` functions calculate in decimals. */
export const mathFunctions: readonly GoFunction[] = [...CONVERSIONS, ...INTEGERS, ...FLOATS];
