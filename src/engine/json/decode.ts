import { toBytes } from '../bytes.js';
import { quote } from '../fmt/quote.js';
import type { Value } from '../value.js';

/** Deepest nesting. Lower than Go's 10,000, to spare the stack. */
const MAX_DEPTH = 1000;

/** A text is no JSON; the message is that of encoding/json. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * A JSON text as encoding/json decodes it into an `interface {}`: numbers are float64, of equal keys the last
 * counts. Throws `JsonError`.
 */
export function parseJson(text: string): Value {
  const { value, problem } = parseJsonLoosely(text);
  if (problem !== undefined) throw new JsonError(problem);
  return value;
}

/**
 * As `parseJson`, but numbers too large for a float64 are null, and a `problem`, as encoding/json leaves them.
 * Throws `JsonError` for a text that is no JSON.
 */
export function parseJsonLoosely(text: string): { value: Value; problem: string | undefined } {
  const parser = new Parser(text);
  const value = parser.value('looking for beginning of value');
  parser.end();
  return { value, problem: parser.problem };
}

/** The JSON value a text begins with, and how many characters it takes up. Throws `JsonError`. */
export function parseJsonPrefix(text: string): { value: Value; length: number } {
  const parser = new Parser(text);
  const value = parser.value('looking for beginning of value');
  return { value, length: parser.position };
}

const WHITE_SPACE = /[ \t\r\n]*/y;
const PLAIN_STRING = /[^"\\\u0000-\u001f]*/y; // eslint-disable-line no-control-regex -- what a string may hold as it is
const LITERALS = new Map<string, { text: string; value: Value }>([
  ['t', { text: 'true', value: true }],
  ['f', { text: 'false', value: false }],
  ['n', { text: 'null', value: null }],
]);
/** Contexts of errors in the middle of a literal, number or escape. */
const WITHIN_TOKEN = /^in (?:literal|string escape|\\u|numeric|exponent)|^after decimal/;
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  #at = 0;
  #depth = 0;
  /** The first number that does not fit. */
  problem: string | undefined;

  constructor(private readonly text: string) {}

  /** Where the next character is read. */
  get position(): number {
    return this.#at;
  }

  value(context: string): Value {
    this.skipSpace();
    const first = this.text.charAt(this.#at);
    if (first === '"') return this.string();
    if (first === '-' || isDigit(first)) return this.number();
    if (first === '{' || first === '[') return this.collection(first);
    const literal = LITERALS.get(first);
    if (literal === undefined) throw this.unexpected(context);
    this.literal(literal.text);
    return literal.value;
  }

  end(): void {
    this.skipSpace();
    if (this.#at < this.text.length) throw this.unexpected('after top-level value');
  }

  private collection(open: string): Value {
    if (++this.#depth > MAX_DEPTH) throw new JsonError('exceeded max depth');
    this.#at++;
    const value = open === '{' ? this.object() : this.array();
    this.#depth--;
    return value;
  }

  private array(): Value[] {
    const items: Value[] = [];
    if (this.take(']')) return items;
    for (;;) {
      items.push(this.value('looking for beginning of value'));
      if (this.take(']')) return items;
      if (!this.take(',')) throw this.unexpected('after array element');
    }
  }

  private object(): Map<string, Value> {
    const map = new Map<string, Value>();
    if (this.take('}')) return map;
    for (;;) {
      this.skipSpace();
      if (this.text.charAt(this.#at) !== '"')
        throw this.unexpected('looking for beginning of object key string');
      const key = this.string();
      if (!this.take(':')) throw this.unexpected('after object key');
      map.set(key, this.value('looking for beginning of value'));
      if (this.take('}')) return map;
      if (!this.take(',')) throw this.unexpected('after object key:value pair');
    }
  }

  private string(): string {
    this.#at++;
    let text = '';
    for (;;) {
      text += this.match(PLAIN_STRING);
      const character = this.text.charAt(this.#at);
      if (character === '"') break;
      if (character !== '\\') throw this.unexpected('in string literal');
      text += this.escape();
    }
    this.#at++;
    // Halves of surrogate pairs and bytes that are no UTF-8 become the replacement character.
    return text.toWellFormed();
  }

  private escape(): string {
    this.#at++;
    const letter = this.text.charAt(this.#at);
    const simple = ESCAPES.get(letter);
    if (simple === undefined && letter !== 'u') throw this.unexpected('in string escape code');
    this.#at++;
    if (simple !== undefined) return simple;
    for (const end = this.#at + 4; this.#at < end; this.#at++) {
      if (!/^[0-9a-fA-F]$/.test(this.text.charAt(this.#at))) {
        throw this.unexpected(String.raw`in \u hexadecimal character escape`);
      }
    }
    return String.fromCharCode(Number.parseInt(this.text.slice(this.#at - 4, this.#at), 16));
  }

  private number(): number | null {
    const from = this.#at;
    if (this.text.charAt(this.#at) === '-') this.#at++;
    if (this.text.charAt(this.#at) === '0') this.#at++;
    else this.digits('in numeric literal');
    if (this.text.charAt(this.#at) === '.') {
      this.#at++;
      this.digits('after decimal point in numeric literal');
    }
    if (/^[eE]$/.test(this.text.charAt(this.#at))) {
      this.#at++;
      if (/^[+-]$/.test(this.text.charAt(this.#at))) this.#at++;
      this.digits('in exponent of numeric literal');
    }
    const literal = this.text.slice(from, this.#at);
    const value = Number(literal);
    if (Number.isFinite(value)) return value;
    this.problem ??= `json: cannot unmarshal number ${literal} into Go value of type float64`;
    return null;
  }

  private digits(context: string): void {
    if (!isDigit(this.text.charAt(this.#at))) throw this.unexpected(context);
    while (isDigit(this.text.charAt(this.#at))) this.#at++;
  }

  private literal(word: string): void {
    for (const [i, character] of Array.from(word).entries()) {
      if (this.text.charAt(this.#at) !== character) {
        throw this.unexpected(`in literal ${word} (expecting '${word.charAt(i)}')`);
      }
      this.#at++;
    }
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  private skipSpace(): void {
    this.match(WHITE_SPACE);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  private unexpected(context: string): JsonError {
    const atEnd = this.#at >= this.text.length;
    if (atEnd && !WITHIN_TOKEN.test(context)) return new JsonError('unexpected end of JSON input');
    // Go ends the text with a blank, which does not fit inside a token.
    // It reads bytes, and shows a byte as the character of that number.
    const [byte = 0x20] = toBytes(String.fromCodePoint(this.text.codePointAt(this.#at) ?? 0x20));
    const character = String.fromCharCode(byte);
    return new JsonError(`invalid character ${quoteCharacter(character)} ${context}`);
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1;
}

function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  return `'${quote(character).slice(1, -1)}'`;
}

/** What encoding/json calls the JSON type of a value in its messages. */
export function jsonTypeName(value: Value): string {
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
