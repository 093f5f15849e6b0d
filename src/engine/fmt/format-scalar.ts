/** How Go's fmt writes one integer, float or string under given flags. */
import { byteLength, toBytes } from '../bytes.js';
import { formatFloat, type FloatVerb } from './strconv.js';
import { type FormatFlags, pad } from './format-flags.js';
import { canBackquote, isPrint, quote, quoteRune, runeText } from './quote.js';

const BASES: Record<string, number> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const MAX_RUNE = 0x10ffffn;

/** An integer under `verb`; undefined when the verb is wrong for integers. */
export function formatInteger(
  value: bigint,
  unsigned: boolean,
  verb: string,
  flags: FormatFlags,
): string | undefined {
  const base = BASES[verb];
  if (verb === 'v' && flags.sharpV && unsigned) return digitsOf(value, 16, 'v', { ...flags, sharp: true });
  if (base !== undefined) return digitsOf(value, base, verb, flags);
  const rune = value < 0n || value > MAX_RUNE ? 0xfffd : Number(value);
  if (verb === 'c') return pad(runeText(rune), flags);
  if (verb === 'q') return pad(quoteRune(rune, flags.plus), flags);
  return verb === 'U' ? formatUnicode(value, flags) : undefined;
}

function digitsOf(value: bigint, base: number, verb: string, flags: FormatFlags): string {
  const negative = value < 0n;
  const magnitude = negative ? -value : value;
  if (flags.precision === 0 && magnitude === 0n) return ' '.repeat(flags.width ?? 0);
  const sign = negative ? '-' : positiveSign(flags);
  const digits = magnitude.toString(base).padStart(minimumDigits(flags, sign), '0');
  const text = sign + basePrefix(digits, base, verb, flags) + digits;
  return pad(verb === 'X' ? text.toUpperCase() : text, flags, false);
}

function minimumDigits(flags: FormatFlags, sign: string): number {
  if (flags.precision !== undefined) return flags.precision;
  return flags.zero && !flags.minus && flags.width ? flags.width - sign.length : 0;
}

function basePrefix(digits: string, base: number, verb: string, flags: FormatFlags): string {
  let prefix = '';
  if (flags.sharp && base === 2) prefix = '0b';
  if (flags.sharp && base === 8 && !digits.startsWith('0')) prefix = '0';
  if (flags.sharp && base === 16) prefix = '0x';
  return verb === 'O' ? `0o${prefix}` : prefix;
}

function formatUnicode(value: bigint, flags: FormatFlags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const text = `U+${digits.padStart(Math.max(flags.precision ?? 4, 4), '0')}`;
  const shown = flags.sharp && value >= 0n && value <= MAX_RUNE && isPrint(Number(value));
  return pad(shown ? `${text} '${runeText(Number(value))}'` : text, flags, false);
}

const DEFAULT_PRECISION: Record<string, number> = {
  v: -1,
  b: -1,
  g: -1,
  G: -1,
  x: -1,
  X: -1,
  f: 6,
  F: 6,
  e: 6,
  E: 6,
};

/** A float under `verb`; undefined when the verb is wrong for floats. */
export function formatFloatValue(value: number, verb: string, flags: FormatFlags): string | undefined {
  const fallback = DEFAULT_PRECISION[verb];
  if (fallback === undefined) return undefined;
  const letter = LETTERS[verb] ?? (verb as FloatVerb);
  const precision = flags.precision ?? fallback;
  const text = formatFloat(value, letter, precision);
  const sign = text.startsWith('-') ? '-' : positiveSign(flags);
  const body = text.replace(/^[+-]/, '');
  if (!Number.isFinite(value)) return formatNonFinite(body, sign, flags);
  const digits = flags.sharp && verb !== 'b' ? keepPoint(body, letter, precision) : body;
  const zeros = sign !== '' && flags.zero && !flags.minus;
  return zeros ? sign + digits.padStart((flags.width ?? 0) - 1, '0') : pad(sign + digits, flags);
}

/** Verbs that are another one of strconv's. */
const LETTERS: Record<string, FloatVerb> = { v: 'g', F: 'f' };

/** Infinity shows its sign always; neither it nor NaN takes zeros. */
function formatNonFinite(body: string, sign: string, flags: FormatFlags): string {
  return pad((sign === '' && body === 'Inf' ? '+' : sign) + body, flags, false);
}

const positiveSign = (flags: FormatFlags): string => (flags.plus ? '+' : flags.space ? ' ' : '');

/** The `#` flag: a decimal point always, and the zeros %g would drop. */
function keepPoint(body: string, letter: FloatVerb, precision: number): string {
  const isHex = letter === 'x' || letter === 'X';
  const cut = body.search(isHex ? /[pP]/ : /[eE]/);
  const number = cut < 0 ? body : body.slice(0, cut);
  const tail = cut < 0 ? '' : body.slice(cut);
  const wanted = letter === 'g' || letter === 'G' || letter === 'x' ? (precision === -1 ? 6 : precision) : 0;
  const significant = number.replace('.', '').replace(/^0+/, '').length;
  const missing = wanted - (number === '0' ? 1 : significant);
  const pointed = number.includes('.') ? number : `${number}.`;
  return pointed + '0'.repeat(Math.max(missing, 0)) + tail;
}

/** A string under `verb`; undefined when the verb is wrong for strings. */
export function formatText(text: string, verb: string, flags: FormatFlags): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? formatQuoted(text, flags) : pad(truncate(text, flags), flags);
    case 's':
      return pad(truncate(text, flags), flags);
    case 'q':
      return formatQuoted(text, flags);
    case 'x':
    case 'X':
      return formatHexText(text, verb, flags);
    default:
      return undefined;
  }
}

function truncate(text: string, flags: FormatFlags): string {
  if (flags.precision === undefined) return text;
  return Array.from(text).slice(0, flags.precision).join('');
}

function formatQuoted(text: string, flags: FormatFlags): string {
  const shown = truncate(text, flags);
  if (flags.sharp && canBackquote(shown)) return pad(`\`${shown}\``, flags);
  return pad(quote(shown, flags.plus), flags);
}

function formatHexText(text: string, verb: string, flags: FormatFlags): string {
  const length = Math.min(byteLength(text), flags.precision ?? Infinity);
  const prefix = flags.sharp ? '0x' : '';
  const bytes = Array.from(toBytes(text).subarray(0, length), (byte) => byte.toString(16).padStart(2, '0'));
  const joined = flags.space ? bytes.map((byte) => prefix + byte).join(' ') : prefix + bytes.join('');
  const shown = length === 0 ? '' : joined;
  return pad(verb === 'X' ? shown.toUpperCase() : shown, flags);
}
