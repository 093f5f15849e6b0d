import { YamlError } from './error.js';
import { isTimestamp } from './timestamp.js';

/** What a scalar is: the types of YAML 1.1 as go-yaml 2 guesses them. */

const PREFIX = 'tag:yaml.org,2002:';
const BINARY = `${PREFIX}binary`;

export type ScalarType = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'binary' | 'str' | 'other';

export interface Scalar {
  type: ScalarType;
  /** An int is a bigint when it does not fit a float64 exactly. A timestamp is its text. */
  value: null | boolean | number | bigint | string;
}

const WORDS = new Map<string, Scalar>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) {
  WORDS.set(word, { type: 'bool', value: true });
}
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) {
  WORDS.set(word, { type: 'bool', value: false });
}
for (const word of ['', '~', 'null', 'Null', 'NULL']) WORDS.set(word, { type: 'null', value: null });
for (const word of ['.nan', '.NaN', '.NAN']) WORDS.set(word, { type: 'float', value: Number.NaN });
for (const word of ['.inf', '.Inf', '.INF']) {
  WORDS.set(word, { type: 'float', value: Infinity });
  WORDS.set(`+${word}`, { type: 'float', value: Infinity });
  WORDS.set(`-${word}`, { type: 'float', value: -Infinity });
}

const LONGEST_WORD = 5;
const NUMBER_STARTS = new Set('+-.0123456789');
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const MAX_INT64 = 2n ** 63n;
const MAX_UINT64 = 2n ** 64n;

/** The type and value of an untagged plain scalar. */
export function resolvePlain(text: string): Scalar {
  const word = text.length <= LONGEST_WORD ? WORDS.get(text) : undefined;
  if (word !== undefined) return word;
  const first = text.charAt(0);
  if (!NUMBER_STARTS.has(first)) return { type: 'str', value: text };
  if (first === '.') return resolveFloat(text, text);
  if (isTimestamp(text)) return { type: 'timestamp', value: text };
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  return resolveInteger(digits) ?? resolveFloat(digits, text);
}

function resolveFloat(digits: string, text: string): Scalar {
  const value = FLOAT.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(value) ? { type: 'float', value } : { type: 'str', value: text };
}

function resolveInteger(text: string): Scalar | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? '';
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const negative = match[1] === '-';
  const limit = match[1] === '' ? MAX_UINT64 : MAX_INT64 + (negative ? 1n : 0n);
  if (magnitude >= limit) return undefined;
  const value = negative ? -magnitude : magnitude;
  const number = Number(value);
  return { type: 'int', value: Number.isSafeInteger(number) ? number + 0 : value };
}

/** The type and value of a scalar with a tag (long form). Throws `YamlError` when the text does not fit. */
export function resolveTagged(tag: string, text: string): Scalar {
  if (tag === BINARY) return { type: 'binary', value: text };
  if (tag === `${PREFIX}str`) return { type: 'str', value: text };
  if (!tag.startsWith(PREFIX)) return { type: 'other', value: text };
  const wanted = tag.slice(PREFIX.length);
  if (!['bool', 'int', 'float', 'null', 'timestamp'].includes(wanted)) return { type: 'other', value: text };
  const scalar = resolvePlain(text);
  if (scalar.type === wanted) return scalar;
  if (wanted === 'float' && scalar.type === 'int') return { type: 'float', value: Number(scalar.value) };
  throw new YamlError(`cannot decode !!${scalar.type} \`${text}\` as a !!${wanted}`);
}
