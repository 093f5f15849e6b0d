/** Floats and numbers as Go's strconv writes and reads them. */

interface Decimal {
  /** Significant digits without leading zeros; empty for zero. */
  digits: string;
  /** Place of the decimal point: 0.DIGITS * 10^point. */
  point: number;
}

const MANTISSA_BITS = 52;
const EXPONENT_BIAS = 1075;

/** Mantissa and binary exponent: |value| = mantissa * 2^exponent, value finite. */
function binaryParts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const raw = Number(bits >> BigInt(MANTISSA_BITS));
  const fraction = bits & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  return raw === 0
    ? { mantissa: fraction, exponent: 1 - EXPONENT_BIAS }
    : { mantissa: fraction | (1n << BigInt(MANTISSA_BITS)), exponent: raw - EXPONENT_BIAS };
}

/** All digits of the value, exactly. */
function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryParts(value);
  if (mantissa === 0n) return { digits: '', point: 0 };
  if (exponent >= 0) {
    const whole = (mantissa << BigInt(exponent)).toString();
    return { digits: whole, point: whole.length };
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits, point: digits.length + exponent };
}

/** The fewest digits that read back as the same float. */
function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** Rounds to `count` digits, halves to even. */
function roundDecimal({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point: 0 };
  const kept = digits.slice(0, count);
  if (!roundsUp(kept, digits.slice(count))) return trimZeros({ digits: kept, point });
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(count, '0');
  return trimZeros({ digits: up, point: point + (up.length > count ? 1 : 0) });
}

function roundsUp(kept: string, rest: string): boolean {
  if (rest[0] !== '5') return (rest[0] ?? '0') > '5';
  if (/[1-9]/.test(rest.slice(1))) return true;
  return Number(kept.at(-1) ?? '0') % 2 === 1;
}

function trimZeros({ digits, point }: Decimal): Decimal {
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? { digits: '', point: 0 } : { digits: trimmed, point };
}

/** Verbs of `strconv.FormatFloat`. */
export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** `strconv.FormatFloat(value, verb, precision, 64)`; precision -1 asks for the shortest exact text. */
export function formatFloat(value: number, verb: FloatVerb, precision = -1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatMagnitude(value, verb, precision);
}

function formatMagnitude(value: number, verb: FloatVerb, precision: number): string {
  switch (verb) {
    case 'b':
      return formatBinary(value);
    case 'x':
      return formatHex(value, precision);
    case 'X':
      return formatHex(value, precision).toUpperCase();
    case 'f':
      return fixed(
        decimalFor(value, precision, (exact) => exact.point + precision),
        precision,
      );
    case 'g':
    case 'G':
      return general(value, verb, precision);
    case 'e':
    case 'E':
      return exponential(
        decimalFor(value, precision, () => precision + 1),
        precision,
        verb,
      );
  }
}

function decimalFor(value: number, precision: number, count: (exact: Decimal) => number): Decimal {
  if (precision < 0) return shortestDecimal(value);
  const exact = exactDecimal(value);
  return roundDecimal(exact, count(exact));
}

/** Go's rule for `%g`: an exponent below -4 or not below the precision (6 for the shortest text) shows as %e. */
function general(value: number, verb: 'g' | 'G', precision: number): string {
  const shortest = precision < 0;
  const wanted = precision === 0 ? 1 : precision;
  const decimal = decimalFor(value, wanted, () => wanted);
  const { digits, point } = decimal;
  const most = shortest ? digits.length : wanted;
  const limit = shortest ? 6 : most > digits.length && digits.length >= point ? digits.length : most;
  if (point - 1 < -4 || point - 1 >= limit) {
    return exponential(decimal, Math.min(most, digits.length) - 1, verb === 'g' ? 'e' : 'E');
  }
  return fixed(decimal, Math.max((most > point ? digits.length : most) - point, 0));
}

function fixed({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const places = precision < 0 ? Math.max(digits.length - point, 0) : precision;
  if (places === 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(Math.min(-point, places)) + digits;
  return `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}

function exponential({ digits, point }: Decimal, precision: number, letter: string): string {
  const places = precision < 0 ? Math.max(digits.length - 1, 0) : precision;
  const first = digits[0] ?? '0';
  const rest = digits.slice(1, 1 + places).padEnd(places, '0');
  const exponent = digits === '' ? 0 : point - 1;
  return first + (places > 0 ? `.${rest}` : '') + letter + signedExponent(exponent, 2);
}

function signedExponent(exponent: number, width: number): string {
  return (exponent < 0 ? '-' : '+') + Math.abs(exponent).toString().padStart(width, '0');
}

function formatBinary(value: number): string {
  const { mantissa, exponent } = binaryParts(value);
  return `${mantissa}p${signedExponent(exponent, 1)}`;
}

function formatHex(value: number, precision: number): string {
  const parts = binaryParts(value);
  if (parts.mantissa === 0n) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  const shift = MANTISSA_BITS + 1 - parts.mantissa.toString(2).length;
  const rounded = roundHex(parts.mantissa << BigInt(shift), precision);
  const carry = rounded >> BigInt(MANTISSA_BITS) > 1n ? 1 : 0;
  const fraction = hexFraction(rounded, precision);
  const exponent = parts.exponent + MANTISSA_BITS - shift + carry;
  return `0x1${fraction === '' ? '' : `.${fraction}`}p${signedExponent(exponent, 2)}`;
}

function roundHex(mantissa: bigint, precision: number): bigint {
  if (precision < 0 || precision * 4 >= MANTISSA_BITS) return mantissa;
  const drop = MANTISSA_BITS - precision * 4;
  return shiftToEven(mantissa, drop) << BigInt(drop);
}

/** value / 2^bits, halves to even. */
function shiftToEven(value: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const kept = value >> shift;
  const rest = value & ((1n << shift) - 1n);
  const half = 1n << (shift - 1n);
  return rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
}

function hexFraction(mantissa: bigint, precision: number): string {
  const low = mantissa & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  const digits = low.toString(16).padStart(MANTISSA_BITS / 4, '0');
  return precision < 0 ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** `strconv.ParseFloat(text, 64)`; undefined on a syntax error, infinite where Go says "out of range". */
export function parseFloat64(text: string): number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  if (text.includes('_') && !underscoresAllowed(text)) return undefined;
  const plain = text.replaceAll('_', '');
  return DECIMAL.test(plain) ? Number(plain) : parseHexFloat(plain);
}

function parseHexFloat(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent] = HEX.exec(text) ?? [];
  if (exponent === undefined || whole + fraction === '') return undefined;
  const value = scaleExactly(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

/** mantissa * 2^exponent, rounded once. */
function scaleExactly(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const magnitude = mantissa.toString(2).length + exponent;
  if (magnitude > 1024) return Infinity;
  if (magnitude < -1080) return 0;
  const lowest = Math.max(magnitude - 53, -1074);
  if (lowest <= exponent) return Number(mantissa) * 2 ** exponent;
  return Number(shiftToEven(mantissa, lowest - exponent)) * 2 ** lowest;
}

/** Go's rule for `_` in numbers: between digits, or between a base prefix and a digit. */
function underscoresAllowed(text: string): boolean {
  const body = text.replace(/^[+-]/, '');
  const digit = /^0[xX]/.test(body) ? '[0-9a-fA-F]' : '[0-9]';
  const proper = /^0[bBoOxX]/.test(body) ? `0${body.slice(2)}` : body;
  return !new RegExp(`(?<!${digit})_|_(?!${digit})`).test(proper);
}

const DIGITS: Record<string, RegExp> = { b: /^[01]+$/, o: /^[0-7]+$/, x: /^[0-9a-fA-F]+$/, d: /^\d+$/ };

/**
 * `strconv.ParseUint(text, 0, …)` without the bound: the base comes from the prefix, a leading 0 means octal.
 * Undefined on a syntax error.
 */
export function parseUnsigned(text: string): bigint | undefined {
  if (text.includes('_') && !underscoresAllowed(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const prefix = /^0([bBoOxX])(?=.)/.exec(plain)?.[1]?.toLowerCase();
  const octal = prefix === undefined && /^0./.test(plain);
  const base = prefix ?? (octal ? 'o' : 'd');
  const digits = prefix === undefined ? plain : plain.slice(2);
  if (!DIGITS[base]?.test(digits)) return undefined;
  return BigInt(base === 'd' ? digits : `0${base}${digits}`);
}
