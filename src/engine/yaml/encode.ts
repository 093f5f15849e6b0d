import { toBytes } from '../bytes.js';
import { encodeBase64 } from '../go/base64.js';
import { encodeJson, jsonText } from '../json/encode.js';
import { GoBytes, GoInt, GoList, GoMap, GoObject, type Value } from '../value.js';
import { COMPACT, type Dialect, PRETTY } from './dialect.js';
import { parseFirstDocument } from './parser.js';
import { readerProblem } from './reader.js';
import { resolvePlain } from './resolve.js';
import { ScalarStyle, writeScalar } from './scalar-writer.js';
import { Writer } from './writer.js';

const STEP = 2;
/** Longest key written without `?`, in bytes. */
const MAX_SIMPLE_KEY = 128;
/** Longest key the JSON between value and YAML may hold, in characters with its quotes. */
const MAX_JSON_KEY = 1024;
/** Deeper values than this count as cyclic. */
const MAX_DEPTH = 1000;

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/**
 * A value as sigs.k8s.io/yaml (v1.6, over go-yaml 2.4) prints it: through JSON, keys sorted, lines folded at
 * 80 columns, ending with a line break. Throws an Error for values that JSON or YAML cannot hold.
 */
export function encodeYaml(value: Value): string {
  return encodeIn(COMPACT, value);
}

/** A value as go-yaml 3 prints it with an indentation of 2: no JSON between, no folding. */
export function encodePrettyYaml(value: Value): string {
  return encodeIn(PRETTY, value);
}

function encodeIn(dialect: Dialect, value: Value): string {
  const writer = new Writer(dialect);
  new Encoder(writer).node(value, false);
  writer.writeIndent();
  return writer.toString();
}

class Encoder {
  #depth = 0;

  constructor(private readonly writer: Writer) {}

  /** Writes a node; `inMapping` when it is the value of a key. */
  node(value: Value, inMapping: boolean): void {
    if (typeof value === 'string') return this.string(value);
    if (value === null || typeof value !== 'object' || value instanceof GoInt)
      return this.plain(this.scalarText(value));
    if (++this.#depth > MAX_DEPTH) throw new Error('json: unsupported value: encountered a cycle');
    this.collection(value, inMapping);
    this.#depth--;
  }

  private collection(value: Value[] | Map<string, Value> | GoObject, inMapping: boolean): void {
    if (value instanceof GoBytes) return this.string(encodeBase64(value.bytes));
    if (value instanceof GoObject) return this.node(value.toData(), inMapping);
    if ((value instanceof GoList || value instanceof GoMap) && value.isNil) return this.plain('null');
    if (Array.isArray(value)) return this.sequence(value, inMapping);
    this.mapping(value);
  }

  private scalarText(value: null | boolean | number | GoInt): string {
    if (typeof value === 'number') return this.writer.dialect.numberText(value);
    return value instanceof GoInt && !this.writer.dialect.throughJson
      ? (durationText(value) ?? String(value))
      : String(value);
  }

  private plain(text: string): void {
    writeScalar(this.writer, text, 'plain', false);
  }

  private string(text: string): void {
    const stored = this.writer.dialect.throughJson ? throughJson(text) : text.toWellFormed();
    writeScalar(this.writer, stored, styleOf(stored), false);
  }

  private sequence(items: Value[], inMapping: boolean): void {
    const { writer } = this;
    if (items.length === 0) return writer.indicator('[]', { spaced: true });
    // A sequence stands in its key's column when the key is on the line before.
    const step = inMapping && !writer.indention ? writer.dialect.sequenceStep : STEP;
    writer.indented(step, 0, () => {
      for (const item of items) {
        writer.writeIndent();
        writer.indicator('-', { spaced: true, indents: true });
        this.node(item, false);
      }
    });
  }

  private mapping(map: Map<string, Value>): void {
    const { writer } = this;
    if (map.size === 0) return writer.indicator('{}', { spaced: true });
    const stored = writer.dialect.throughJson ? storedKey : (key: string) => key.toWellFormed();
    const entries = [...map].map(([key, value]) => [stored(key), value] as const);
    writer.indented(STEP, 0, () => {
      for (const [key, value] of entries.sort(([a], [b]) => writer.dialect.compareKeys(a, b))) {
        writer.writeIndent();
        this.entry(key, value);
      }
    });
  }

  private entry(key: string, value: Value): void {
    const { writer } = this;
    if (isSimpleKey(key)) {
      writeScalar(writer, key, styleOf(key), true);
      writer.indicator(':', { spaced: false });
    } else {
      writer.indicator('?', { spaced: true, indents: true });
      writeScalar(writer, key, styleOf(key), false);
      writer.writeIndent();
      writer.indicator(':', { spaced: true, indents: true });
    }
    this.node(value, true);
  }
}

function isSimpleKey(key: string): boolean {
  if (/[\n\r\u0085\u2028\u2029]/.test(key)) return false;
  return (
    key.length <= MAX_SIMPLE_KEY &&
    (key.length <= MAX_SIMPLE_KEY / 4 || toBytes(key).length <= MAX_SIMPLE_KEY)
  );
}

/** Literal for texts of several lines; plain unless the text would be read as something else. */
function styleOf(text: string): ScalarStyle {
  if (text.includes('\n')) return 'literal';
  return resolvePlain(text).type === 'str' && !BASE_60.test(text) ? 'plain' : 'double';
}

function storedKey(key: string): string {
  // A key that is too long, or that go-yaml sees a line break (NEL) in, cannot be read back from JSON.
  const tooLong = key.length > MAX_JSON_KEY / 6 && jsonText(key).length > MAX_JSON_KEY;
  if (tooLong || key.includes('\u0085')) throw new Error("yaml: did not find expected ',' or '}'");
  return throughJson(key);
}

/** What is left of a text after encoding/json wrote it and go-yaml read it. */
function throughJson(text: string): string {
  // eslint-disable-next-line no-control-regex -- nearly every text passes here
  if (/^[\u0000-\u007e\u00a0-\ud7ff]*$/.test(text)) return text;
  const json = encodeJson(text);
  const problem = readerProblem(json);
  if (problem !== undefined) throw new Error(`yaml: ${problem}`);
  const node = parseFirstDocument(json);
  return node?.kind === 'scalar' ? node.value : text.toWellFormed();
}

/** go-yaml 3 knows durations and writes their text. */
function durationText(value: GoInt): string | undefined {
  return value.type === 'time.Duration' ? value.toText() : undefined;
}
