import { TemplateError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import { characters, isSpace } from '../go/unicode.js';
import { JsonError, parseJsonPrefix } from '../json/decode.js';
import { type Value, int64, typeOf } from '../value.js';
import type { Table } from './values.js';

/**
 * How the right side of `a.b[0]=x` is read: `typed` as `--set` (numbers, bools, null, `{lists}`), `string` as
 * `--set-string`, `json` as `--set-json`, `literal` as `--set-literal` (the whole rest, no escapes).
 */
export type SetMode = 'typed' | 'string' | 'json' | 'literal';

const MAX_INDEX = 65_536;
const MAX_NESTING = 30;

type Step = string | number;

const invalid = (message: string): TemplateError => new TemplateError('ValuesInvalid', message);

/**
 * Puts values by path into a table (in place): `a.b=1,c[2].d=x,e={1,2}`, with `\` before `,`, `.` and their like.
 * Throws TemplateError ValuesInvalid with Helm's message; what was set before the error stays.
 */
export function setValues(table: Table, line: string, mode: SetMode = 'typed'): void {
  const reader = new LineReader(line, mode !== 'literal');
  while (!reader.atEnd) {
    const path = readPath(reader, mode);
    assign(table, path, readValue(reader, mode));
  }
}

class LineReader {
  readonly #characters: string[];
  #at = 0;

  constructor(
    line: string,
    private readonly escapes: boolean,
  ) {
    this.#characters = characters(line);
  }

  get atEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  get rest(): string {
    return this.#characters.slice(this.#at).join('');
  }

  peek(): string | undefined {
    return this.#characters[this.#at];
  }

  next(): string | undefined {
    return this.#characters[this.#at++];
  }

  /** Text up to one of the characters, and which one it was; undefined at the end. */
  until(stops: string): { text: string; stop: string | undefined } {
    let text = '';
    for (let character = this.next(); character !== undefined; character = this.next()) {
      if (stops.includes(character)) return { text, stop: character };
      text += character === '\\' && this.escapes ? (this.next() ?? '') : character;
    }
    return { text, stop: undefined };
  }
}

/** Reads `a.b[0]=`. */
function readPath(reader: LineReader, mode: SetMode): Step[] {
  const stops = mode === 'literal' ? '=[.' : '=[,.';
  const path: Step[] = [];
  let names = 0;
  for (let stop: string | undefined = '.'; stop !== '=';) {
    if (stop === '[') {
      stop = readIndex(reader, path);
      continue;
    }
    if (++names > MAX_NESTING + 1) {
      throw invalid(
        `value name nested level is greater than maximum supported nested level of ${MAX_NESTING}`,
      );
    }
    const part = reader.until(stops);
    if (part.stop === undefined) throw invalid(`key ${quote(part.text)} has no value`);
    if (part.stop === ',') throw invalid(`key ${quote(part.text)} has no value (cannot end with ,)`);
    path.push(part.text);
    stop = part.stop;
  }
  return path;
}

/** Reads `0]` and gives the character after it, which has to be `[`, `.` or `=`. */
function readIndex(reader: LineReader, path: Step[]): string {
  const { text, stop } = reader.until(']');
  if (stop === undefined) throw invalid('error parsing index: EOF');
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw invalid(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
  }
  const index = Number(text);
  if (index < 0) throw invalid(`negative ${index} index not allowed`);
  if (index > MAX_INDEX) {
    throw invalid(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
  }
  path.push(index);
  const after = reader.until('[.=');
  if (after.text !== '') throw invalid(`unexpected data at end of array index: [${quoteEach(after.text)}]`);
  if (after.stop === undefined) throw invalid('EOF');
  return after.stop;
}

function quoteEach(text: string): string {
  return characters(text)
    .map((character) => `'${character}'`)
    .join(' ');
}

function readValue(reader: LineReader, mode: SetMode): Value {
  if (mode === 'literal') return reader.until('').text;
  if (mode === 'json') return readJson(reader);
  if (reader.peek() === '{') return readList(reader, mode);
  return scalar(reader.until(',').text, mode);
}

function readList(reader: LineReader, mode: SetMode): Value {
  reader.next();
  const items: Value[] = [];
  for (;;) {
    const { text, stop } = reader.until(',}');
    if (stop === undefined) throw invalid("list must terminate with '}'");
    items.push(scalar(text, mode));
    if (stop === '}') break;
  }
  if (reader.peek() === ',') reader.next();
  return items;
}

/** JSON up to its end; nothing is null. Blanks and a comma after it are passed. */
function readJson(reader: LineReader): Value {
  if (skipBlanksAndComma(reader)) return null;
  try {
    const { value, length } = parseJsonPrefix(reader.rest);
    for (let i = characters(reader.rest.slice(0, length)).length; i > 0; i--) reader.next();
    skipBlanksAndComma(reader);
    return value;
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message);
    throw error;
  }
}

/** True when there was nothing before the comma or the end. */
function skipBlanksAndComma(reader: LineReader): boolean {
  while (isSpace(reader.peek() ?? '')) reader.next();
  if (reader.atEnd) return true;
  if (reader.peek() !== ',') return false;
  reader.next();
  return true;
}

function scalar(text: string, mode: SetMode): Value {
  if (mode === 'string') return text;
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  if (lower === 'null') return null;
  const isInteger = text === '0' || /^(?:[1-9][0-9]*|[+-][0-9]+)$/.test(text);
  const value = isInteger ? BigInt(text.replace(/^\+/, '')) : undefined;
  return value !== undefined && BigInt.asIntN(64, value) === value ? int64(value) : text;
}

/** Walks the path, making tables and lists where there are none, and sets the value at its end. */
function assign(table: Table, path: readonly Step[], value: Value): void {
  let place: Value = table;
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1;
    const next: Value = last ? value : inner(child(place, step), path[i + 1] ?? '', typeof step === 'number');
    put(place, step, next);
    place = next;
  }
}

function child(place: Value, step: Step): Value {
  if (typeof step === 'number') return Array.isArray(place) ? (place[step] ?? null) : null;
  return place instanceof Map ? (place.get(step) ?? null) : null;
}

/** The table or list that the next step needs. An element of a list that is no table gives way, a key's value does not. */
function inner(present: Value, next: Step, inList: boolean): Value {
  if (typeof next === 'number') {
    if (present === null) return [];
    if (Array.isArray(present)) return present;
    throw conversion(present, '[]interface {}');
  }
  if (present instanceof Map) return present;
  if (present === null || inList) return new Map<string, Value>();
  throw conversion(present, 'map[string]interface {}');
}

function conversion(value: Value, wanted: string): TemplateError {
  return invalid(
    `unable to parse key: interface conversion: interface {} is ${typeOf(value)}, not ${wanted}`,
  );
}

function put(place: Value, step: Step, value: Value): void {
  if (typeof step === 'number') {
    if (!Array.isArray(place)) return;
    while (place.length < step) place.push(null);
    place[step] = value;
  } else if (place instanceof Map && step !== '') {
    place.set(step, value);
  }
}
