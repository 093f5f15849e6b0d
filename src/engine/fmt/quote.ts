/** Go's quoted strings and characters, as package strconv writes and reads them. */
import { fromBytes, toBytes } from '../bytes.js';

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const NAMED = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
]);
const UNNAMED = new Map([...NAMED].map(([code, text]) => [text[1] ?? '', code]));
const MAX_RUNE = 0x10ffff;
const REPLACEMENT = 0xfffd;

/** True for a code point Go prints as it is: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrint(rune: number): boolean {
  return rune >= 0x20 && rune < 0x7f ? true : isValidRune(rune) && PRINTABLE.test(String.fromCodePoint(rune));
}

/** True for a code point UTF-8 can carry. */
export function isValidRune(rune: number): boolean {
  return rune >= 0 && rune <= MAX_RUNE && !(rune >= 0xd800 && rune <= 0xdfff);
}

/** The text of a rune; what is not a character becomes U+FFFD, as in Go. */
export function runeText(rune: number): string {
  return String.fromCodePoint(isValidRune(rune) ? rune : REPLACEMENT);
}

/** `strconv.Quote`, or `QuoteToASCII` when `ascii`. */
export function quote(text: string, ascii = false): string {
  return quoteWith(text, '"', ascii);
}

/** `strconv.QuoteRune`, or `QuoteRuneToASCII` when `ascii`. */
export function quoteRune(rune: number, ascii = false): string {
  return quoteWith(runeText(rune), "'", ascii);
}

function quoteWith(text: string, mark: string, ascii: boolean): string {
  let out = mark;
  for (const char of text) out += escapeChar(char, mark, ascii);
  return out + mark;
}

function escapeChar(char: string, mark: string, ascii: boolean): string {
  const rune = char.codePointAt(0) ?? 0;
  if (char === mark || char === '\\') return `\\${char}`;
  if (isBrokenByte(rune)) return hexEscape('x', rune - 0xdc00, 2);
  if ((rune < 0x80 || !ascii) && isPrint(rune)) return char;
  const named = NAMED.get(rune);
  if (named !== undefined) return named;
  if (rune < 0x80) return hexEscape('x', rune, 2);
  return rune < 0x10000 ? hexEscape('u', rune, 4) : hexEscape('U', rune, 8);
}

const isBrokenByte = (rune: number): boolean => rune >= 0xdc80 && rune <= 0xdcff;

const hexEscape = (letter: string, code: number, width: number): string =>
  `\\${letter}${code.toString(16).padStart(width, '0')}`;

/** `strconv.CanBackquote`: one line without control characters, backquotes or broken bytes. */
export function canBackquote(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/[\x00-\x08\x0a-\x1f\x7f`\ufeff]/.test(text) && text.isWellFormed();
}

/** `strconv.Unquote`; undefined when the text is no Go string, raw string or character. */
export function unquote(quoted: string): string | undefined {
  const mark = quoted[0];
  if (quoted.length < 2 || mark !== quoted.at(-1)) return undefined;
  const body = quoted.slice(1, -1);
  if (mark === '`') return body.includes('`') ? undefined : body.replaceAll('\r', '');
  if (mark !== '"' && mark !== "'") return undefined;
  if (mark === '"' && !/["\\\n]/.test(body) && body.isWellFormed()) return body;
  return unescape(body, mark);
}

function unescape(body: string, mark: string): string | undefined {
  const bytes: number[] = [];
  let count = 0;
  for (let i = 0; i < body.length; count++) {
    if (body[i] === '\n') return undefined;
    const char = unquoteChar(body, i, mark);
    if (!char) return undefined;
    i = char.next;
    if (char.isByte) bytes.push(char.rune);
    else bytes.push(...toBytes(runeText(char.rune)));
  }
  return mark === "'" && count !== 1 ? undefined : fromBytes(Uint8Array.from(bytes));
}

export interface QuotedChar {
  rune: number;
  /** True for `\x` and octal escapes and plain ASCII: one byte and not a character. */
  isByte: boolean;
  /** Index behind the character. */
  next: number;
}

/** `strconv.UnquoteChar` at `index` of `text`; undefined on a syntax error. */
export function unquoteChar(text: string, index: number, mark: string): QuotedChar | undefined {
  const rune = text.codePointAt(index);
  if (rune === undefined || text[index] === mark) return undefined;
  if (isBrokenByte(rune)) return { rune: REPLACEMENT, isByte: false, next: index + 1 };
  if (rune >= 0x80) return { rune, isByte: false, next: index + (rune > 0xffff ? 2 : 1) };
  if (text[index] !== '\\') return { rune, isByte: true, next: index + 1 };
  return escapeSequence(text, index + 1, mark);
}

const HEX_WIDTH: Record<string, number> = { x: 2, u: 4, U: 8 };

function escapeSequence(text: string, index: number, mark: string): QuotedChar | undefined {
  const letter = text[index] ?? '';
  const named = letter === '\\' || letter === mark ? letter.charCodeAt(0) : UNNAMED.get(letter);
  if (named !== undefined) return { rune: named, isByte: true, next: index + 1 };
  const width = HEX_WIDTH[letter];
  if (width !== undefined) return hexSequence(text, index + 1, letter, width);
  const octal = /^[0-7]{3}/.exec(text.slice(index, index + 3))?.[0];
  if (octal === undefined || Number.parseInt(octal, 8) > 255) return undefined;
  return { rune: Number.parseInt(octal, 8), isByte: true, next: index + 3 };
}

function hexSequence(text: string, index: number, letter: string, width: number): QuotedChar | undefined {
  const digits = text.slice(index, index + width);
  if (digits.length !== width || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const rune = Number.parseInt(digits, 16);
  if (letter !== 'x' && !isValidRune(rune)) return undefined;
  return { rune, isByte: letter === 'x', next: index + width };
}
