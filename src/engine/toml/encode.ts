import { compareStrings } from '../bytes.js';
import { formatGeneral } from '../go/float.js';
import { GoBytes, GoInt, GoList, GoMap, GoObject, type Value } from '../value.js';

/** Deeper values than this count as cyclic. */
const MAX_DEPTH = 1000;

/**
 * A value as BurntSushi/toml 1.6 writes it: keys sorted, plain keys before tables, tables indented by two.
 * Throws an Error with the package's message.
 */
export function encodeToml(value: Value): string {
  const encoder = new Encoder();
  encoder.encode([], dereference(value));
  return encoder.text;
}

/** A value as the encoder sees it: pointers followed, named types reduced. */
function dereference(value: Value): Value {
  if (value instanceof GoBytes) return Array.from(value.bytes, (byte) => new GoInt(BigInt(byte), 'uint8'));
  return value instanceof GoObject ? value.toData() : value;
}

const isNil = (value: Value): boolean =>
  value === null || ((value instanceof GoList || value instanceof GoMap) && value.isNil);

/** A list of nothing but tables is written as `[[key]]`; nil elements are refused. */
function isTableArray(value: Value): value is Value[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const items = value.map(dereference);
  if (items.some(isNil)) throw new Error('toml: cannot encode array with nil element');
  return items.every((item) => item instanceof Map);
}

const isTable = (value: Value): boolean => value instanceof Map || isTableArray(value);

class Encoder {
  #parts: string[] = [];
  #depth = 0;

  get text(): string {
    return this.#parts.join('');
  }

  encode(key: string[], value: Value): void {
    if (++this.#depth > MAX_DEPTH) throw new Error('toml: value is nested too deeply');
    if (isTableArray(value)) this.tableArray(key, value);
    else if (value instanceof Map) this.table(key, value);
    else if (value === null) return;
    else this.keyValue(key, value, false);
    this.#depth--;
  }

  private newline(): void {
    if (this.#parts.length > 0) this.#parts.push('\n');
  }

  private tableArray(key: string[], tables: Value[]): void {
    if (key.length === 0) throw new Error('toml: top-level values must be Go maps or structs');
    for (const table of tables.map(dereference)) {
      this.newline();
      this.#parts.push(`${indent(key)}[[${dotted(key)}]]`);
      this.newline();
      if (table instanceof Map) this.entries(key, table);
    }
  }

  private table(key: string[], table: Map<string, Value>): void {
    if (key.length === 1) this.newline();
    if (key.length > 0) {
      this.#parts.push(`${indent(key)}[${dotted(key)}]`);
      this.newline();
    }
    this.entries(key, table);
  }

  private entries(key: string[], table: Map<string, Value>): void {
    const { direct, tables } = sortEntries(table);
    for (const [name, value] of [...direct, ...tables]) {
      if (!isNil(value)) this.encode([...key, name], value);
    }
  }

  private keyValue(key: string[], value: Value, inline: boolean): void {
    const name = key.at(-1);
    if (name === undefined) return this.element(value);
    this.#parts.push(`${indent(key)}${quoteKey(name)} = `);
    this.element(value);
    if (!inline) this.newline();
  }

  private element(value: Value): void {
    if (++this.#depth > MAX_DEPTH) throw new Error('toml: value is nested too deeply');
    const item = dereference(value);
    if (Array.isArray(item)) this.array(item);
    else if (item instanceof Map) this.inlineTable(item);
    else this.#parts.push(scalar(item));
    this.#depth--;
  }

  private array(items: Value[]): void {
    this.#parts.push('[');
    for (const [i, item] of items.entries()) {
      if (i > 0) this.#parts.push(', ');
      this.element(item);
    }
    this.#parts.push(']');
  }

  private inlineTable(table: Map<string, Value>): void {
    const { direct, tables } = sortEntries(table);
    this.#parts.push('{');
    this.inlineEntries(direct, tables.length > 0);
    this.inlineEntries(tables, false);
    this.#parts.push('}');
  }

  private inlineEntries(entries: [string, Value][], commaAfter: boolean): void {
    for (const [i, [name, value]] of entries.entries()) {
      if (isNil(value)) continue;
      this.keyValue([name], value, true);
      if (commaAfter || i < entries.length - 1) this.#parts.push(', ');
    }
  }
}

function sortEntries(table: Map<string, Value>): { direct: [string, Value][]; tables: [string, Value][] } {
  const entries = [...table].map(([key, value]): [string, Value] => [key, dereference(value)]);
  entries.sort(([a], [b]) => compareStrings(a, b));
  return {
    direct: entries.filter(([, value]) => !isTable(value)),
    tables: entries.filter(([, value]) => isTable(value)),
  };
}

function scalar(value: Value): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number') return floatText(value);
  if (value instanceof GoInt)
    return value.type === 'time.Duration' ? quoteText(value.toText() ?? '') : value.toString();
  return value === true ? 'true' : 'false';
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const text = formatGeneral(value);
  return /[e.]/.test(text) ? text : `${text}.0`;
}

const SHORT_ESCAPES = new Map([
  ['"', String.raw`\"`],
  ['\\', String.raw`\\`],
  ['\b', String.raw`\b`],
  ['\t', String.raw`\t`],
  ['\n', String.raw`\n`],
  ['\f', String.raw`\f`],
  ['\r', String.raw`\r`],
]);

function quoteText(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what TOML escapes
  const escaped = text.replaceAll(/["\\\u0000-\u001f\u007f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return SHORT_ESCAPES.get(character) ?? String.raw`\u` + code;
  });
  return `"${escaped}"`;
}

function quoteKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoteText(name);
}

const dotted = (key: string[]): string => key.map(quoteKey).join('.');
const indent = (key: string[]): string => '  '.repeat(key.length - 1);
