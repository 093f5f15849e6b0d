import { GoComplex } from '../fmt/complex.js';
import { quote, unquoteChar } from '../fmt/quote.js';
import { parseFloat64, parseUnsigned } from '../fmt/strconv.js';

/**
 * A number as written, under every type that can hold it: Go's ideal constants. Absent members mean that the
 * number does not fit that type.
 */
export interface NumberLiteral {
  text: string;
  int?: bigint;
  uint?: bigint;
  float?: number;
  complex?: GoComplex;
}

const MAX_INT = (1n << 63n) - 1n;
const MIN_INT = -(1n << 63n);
const MAX_UINT = (1n << 64n) - 1n;

type Parsed = NumberLiteral | { error: string };

/** Reads a constant of the kind the lexer saw; gives the text of Go's error when it is none. */
export function parseNumber(text: string, kind: 'charConstant' | 'complex' | 'number'): Parsed {
  if (kind === 'charConstant') return parseCharacter(text);
  if (kind === 'complex') return parsePair(text);
  const imaginary = text.endsWith('i') ? parseFloat64(text.slice(0, -1)) : undefined;
  return imaginary === undefined ? parseReal(text) : fromComplex(text, 0, imaginary);
}

function parseCharacter(text: string): Parsed {
  const char = unquoteChar(text, 1, "'");
  if (!char) return { error: 'invalid syntax' };
  if (text.slice(char.next) !== "'") return { error: `malformed character constant: ${text}` };
  const code = BigInt(char.rune);
  return { text, int: code, uint: code, float: char.rune };
}

/** `1+2i`: the sign that parts the two is the last one that does not belong to an exponent. */
function parsePair(text: string): Parsed {
  const [, real = '', imaginary = ''] = /^(.*[^eEpP])([+-].*)i$/.exec(text) ?? [];
  const first = parseFloat64(real);
  const second = parseFloat64(imaginary);
  if (first === undefined || second === undefined) return { error: 'syntax error scanning complex number' };
  return fromComplex(text, first, second);
}

function fromComplex(text: string, real: number, imaginary: number): NumberLiteral {
  const literal: NumberLiteral = { text, complex: new GoComplex(real, imaginary) };
  return imaginary === 0 ? { ...literal, float: real, ...wholeParts(real) } : literal;
}

function wholeParts(value: number): Pick<NumberLiteral, 'int' | 'uint'> {
  if (!Number.isInteger(value)) return {};
  const whole = BigInt(value);
  return { int: fitsInt(whole) ? whole : undefined, uint: fitsUint(whole) ? whole : undefined };
}

const fitsInt = (value: bigint): boolean => value >= MIN_INT && value <= MAX_INT;
const fitsUint = (value: bigint): boolean => value >= 0n && value <= MAX_UINT;

function parseReal(text: string): Parsed {
  const whole = parseUnsigned(text.replace(/^[+-]/, ''));
  const signed = whole === undefined ? undefined : text.startsWith('-') ? -whole : whole;
  if (signed !== undefined && (fitsInt(signed) || fitsUint(signed))) return integerLiteral(text, signed);
  const float = parseFloat64(text);
  if (float === undefined || !Number.isFinite(float)) {
    return { error: `illegal number syntax: ${quote(text)}` };
  }
  if (!/[.eEpP]/.test(text)) return { error: `integer overflow: ${quote(text)}` };
  return { text, float, ...wholeParts(float) };
}

function integerLiteral(text: string, value: bigint): Parsed {
  const int = fitsInt(value) ? value : undefined;
  // Go reads an unsigned number without a sign only, but 0 is 0 with any.
  const uint = value === 0n || (!/^[+-]/.test(text) && fitsUint(value)) ? value : undefined;
  if (int === undefined && uint === undefined) return { error: `integer overflow: ${quote(text)}` };
  return { text, int, uint, float: Number(value) };
}
