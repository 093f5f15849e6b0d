import { FunctionError } from '../errors.js';
import { encodeBase64 } from '../go/base64.js';
import { characters } from '../go/unicode.js';
import { type CallContext, type GoFunction, fn, int } from '../value.js';
import { intArgument, textArgument } from './convert.js';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));

/** What asking for chance costs, for each character. */
const CHARACTER_STEPS = 16;

/** A whole number from 0 up to (not including) `limit`, all equally likely. */
function below(limit: number, { environment }: CallContext): number {
  const width = Math.max(1, Math.ceil(Math.log2(limit) / 8) + 1);
  const range = 256 ** Math.min(width, 6);
  const usable = range - (range % limit);
  for (;;) {
    let value = 0;
    for (const byte of environment.random(Math.min(width, 6))) value = value * 256 + byte;
    if (value < usable) return value % limit;
  }
}

function randomText(alphabet: string, length: number, context: CallContext): string {
  if (length <= 0) return '';
  context.budget.grow(length);
  context.budget.step(length * CHARACTER_STEPS);
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet.charAt(below(alphabet.length, context));
  return text;
}

const textOf = (name: string, alphabet: string): GoFunction =>
  fn(name, ['int'], ([length], context) => randomText(alphabet, intArgument(length), context));

function shuffle(text: string, context: CallContext): string {
  const all = characters(text);
  context.budget.step(all.length);
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1, context);
    [all[i], all[j]] = [all[j] ?? '', all[i] ?? ''];
  }
  return all.join('');
}

function uuid({ environment }: CallContext): string {
  const hex = Array.from(environment.random(16), (byte, i) => {
    const value = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, '0');
  }).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Sprig's random functions; chance comes from the caller's environment. */
export const randomFunctions: readonly GoFunction[] = [
  textOf('randNumeric', DIGITS),
  textOf('randAlpha', LETTERS),
  textOf('randAlphaNum', LETTERS + DIGITS),
  textOf('randAscii', PRINTABLE),
  fn('randBytes', ['int'], ([length], { environment, budget }) => {
    const count = intArgument(length);
    if (count < 0) throw new FunctionError('runtime error: makeslice: len out of range');
    budget.grow(count);
    return encodeBase64(environment.random(count));
  }),
  fn('randInt', ['int', 'int'], ([from, to], context) => {
    const [low, high] = [intArgument(from), intArgument(to)];
    if (high <= low) throw new FunctionError('invalid argument to Intn');
    return int(low + below(high - low, context));
  }),
  fn('shuffle', ['string'], ([text], context) => shuffle(textArgument(text), context)),
  fn('uuidv4', [], (_args, context) => uuid(context)),
];
