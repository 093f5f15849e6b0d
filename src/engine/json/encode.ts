import { compareStrings } from '../bytes.js';
import { encodeBase64 } from '../go/base64.js';
import { formatGeneral, formatJson } from '../go/float.js';
import { GoBytes, GoInt, GoList, GoMap, GoObject, type Value } from '../value.js';

/** Deeper values than this count as cyclic. */
const MAX_DEPTH = 1000;

export interface JsonOptions {
  /** Write `<`, `>` and `&` as they are. */
  rawHtml?: boolean;
  /** One indentation step; everything on one line when absent. */
  indent?: string;
}

/** A value as Go's encoding/json writes it (keys sorted by bytes). Throws an Error with Go's message. */
export function encodeJson(value: Value, options: JsonOptions = {}): string {
  return new Encoder(options).node(value, '\n');
}

class Encoder {
  #depth = 0;
  readonly #rawHtml: boolean;
  readonly #indent: string | undefined;

  constructor(options: JsonOptions) {
    this.#rawHtml = options.rawHtml ?? false;
    this.#indent = options.indent;
  }

  /** `line` is the line break and indentation of the node around. */
  node(value: Value, line: string): string {
    if (typeof value === 'string') return jsonText(value, this.#rawHtml);
    if (typeof value === 'number') return numberText(value);
    if (value === null || typeof value === 'boolean' || value instanceof GoInt) return String(value);
    if (++this.#depth > MAX_DEPTH) throw new Error('json: unsupported value: encountered a cycle');
    const text = this.collection(value, line);
    this.#depth--;
    return text;
  }

  private collection(value: Value[] | Map<string, Value> | GoObject, line: string): string {
    if (value instanceof GoBytes) return `"${encodeBase64(value.bytes)}"`;
    if (value instanceof GoObject) return this.object(value, line);
    if ((value instanceof GoList || value instanceof GoMap) && value.isNil) return 'null';
    if (Array.isArray(value))
      return this.wrap('[', ']', line, (inner) => value.map((item) => this.node(item, inner)));
    return this.map(value, line);
  }

  private object(value: GoObject, line: string): string {
    if (value.kind === 'func') throw new Error(`json: unsupported type: ${value.type}`);
    const data = value.toData();
    // Fields of structs stand in the order of their declaration, keys of maps sorted.
    const isStruct = value.kind !== 'map' && data instanceof Map && !(data instanceof GoMap);
    return isStruct ? this.entries([...data], line) : this.node(data, line);
  }

  private map(map: Map<string, Value>, line: string): string {
    return this.entries(
      [...map].sort(([a], [b]) => compareStrings(a, b)),
      line,
    );
  }

  private entries(entries: [string, Value][], line: string): string {
    const colon = this.#indent === undefined ? ':' : ': ';
    return this.wrap('{', '}', line, (inner) =>
      entries.map(([key, item]) => jsonText(key, this.#rawHtml) + colon + this.node(item, inner)),
    );
  }

  private wrap(open: string, close: string, line: string, items: (inner: string) => string[]): string {
    if (this.#indent === undefined) return `${open}${items('').join(',')}${close}`;
    const inner = line + this.#indent;
    const written = items(inner);
    return written.length === 0 ? open + close : `${open}${inner}${written.join(`,${inner}`)}${line}${close}`;
  }
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${formatGeneral(value)}`);
  return formatJson(value);
}

/** A string as encoding/json writes it, with its quotes. */
export function jsonText(text: string, rawHtml = false): string {
  // eslint-disable-next-line no-control-regex -- what JSON.stringify does like Go
  if (/^[ !#-%'-;=?-[\]-\u2027\u202a-\ud7ff]*$/.test(text)) return `"${text}"`;
  return escapeLikeGo(text.isWellFormed() ? JSON.stringify(text) : stringifyBytes(text), rawHtml);
}

/** Bytes that are no UTF-8 become the escape `\\ufffd`; a replacement character of the text itself stays. */
function stringifyBytes(text: string): string {
  const parts = text.split(/((?<![\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff]))/);
  const written = parts.map((part, i) =>
    i % 2 === 1 ? String.raw`\ufffd` : JSON.stringify(part).slice(1, -1),
  );
  return `"${written.join('')}"`;
}

function escapeLikeGo(json: string, rawHtml: boolean): string {
  const separators = json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  if (rawHtml) return separators;
  return separators.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}
