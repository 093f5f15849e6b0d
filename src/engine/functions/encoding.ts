import { fromBytes, toBytes } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { decodeBase64, encodeBase64 } from '../go/base64.js';
import { JsonError, jsonTypeName, parseJson, parseJsonLoosely } from '../json/decode.js';
import { type JsonOptions, encodeJson } from '../json/encode.js';
import { parseToml } from '../toml/decode.js';
import { encodeToml } from '../toml/encode.js';
import { type GoFunction, GoMap, type Value, fn, nilList } from '../value.js';
import { parseYaml } from '../yaml/decode.js';
import { encodePrettyYaml, encodeYaml } from '../yaml/encode.js';
import { decodeBase32, encodeBase32 } from './base32.js';
import { anyArgument, textArgument } from './convert.js';

const ANY = 'interface {}';
const MAP = 'map[string]interface {}';
const LIST = '[]interface {}';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Errors of the codecs; a RangeError means that the stack is used up and is the evaluator's. */
function orElse<T>(run: () => T, otherwise: (message: string) => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return otherwise(messageOf(error));
  }
}

const withoutLineBreak = (text: string): string => (text.endsWith('\n') ? text.slice(0, -1) : text);
const errorMap = (message: string): Value => new Map<string, Value>([['Error', message]]);

function mismatch(value: Value, type: string): string {
  return `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type ${type}`;
}

function fromYaml(text: string): Value {
  return orElse(() => {
    const value = parseYaml(text);
    if (value === null) return new Map<string, Value>();
    return value instanceof Map ? value : errorMap(yamlMismatch(value, MAP));
  }, errorMap);
}

function fromYamlArray(text: string): Value {
  return orElse(
    (): Value => {
      const value = parseYaml(text);
      if (value === null) return [];
      return Array.isArray(value) ? value : [yamlMismatch(value, LIST)];
    },
    (message) => [message],
  );
}

function yamlMismatch(value: Value, type: string): string {
  return `error unmarshaling JSON: while decoding JSON: ${mismatch(value, type)}`;
}

function fromJson(text: string): Value {
  return orElse(() => {
    const { value, problem } = parseJsonLoosely(text);
    if (value === null) return nilMap();
    if (!(value instanceof Map)) return errorMap(mismatch(value, MAP));
    return problem === undefined ? value : value.set('Error', problem);
  }, errorMap);
}

function nilMap(): Value {
  const map = new GoMap(MAP);
  map.isNil = true;
  return map;
}

function fromJsonArray(text: string): Value {
  return orElse(
    (): Value => {
      const value = parseJson(text);
      if (value === null) return nilList(LIST);
      return Array.isArray(value) ? value : [mismatch(value, LIST)];
    },
    (message) => [message],
  );
}

function mustFromJson(text: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new FunctionError(error.message, { cause: error });
    throw error;
  }
}

function mustToJson(value: Value, options: JsonOptions): string {
  try {
    return encodeJson(value, options);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new FunctionError(messageOf(error), { cause: error });
  }
}

function jsonFunction(name: string, options: JsonOptions): GoFunction[] {
  const must = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [
    fn(name, [ANY], ([value]) =>
      orElse(
        () => encodeJson(anyArgument(value), options),
        () => '',
      ),
    ),
    fn(must, [ANY], ([value]) => mustToJson(anyArgument(value), options)),
  ];
}

const fromText = (name: string, call: (text: string) => Value): GoFunction =>
  fn(name, ['string'], ([text], { budget }) => {
    budget.step(textArgument(text).length);
    return call(textArgument(text));
  });

function decodeText(decoded: Uint8Array | { invalidAt: number }, base: string): string {
  if (decoded instanceof Uint8Array) return fromBytes(decoded);
  return `illegal ${base} data at input byte ${decoded.invalidAt}`;
}

const JSON_FUNCTIONS: GoFunction[] = [
  ...jsonFunction('toJson', {}),
  ...jsonFunction('toPrettyJson', { indent: '  ' }),
  ...jsonFunction('toRawJson', { rawHtml: true }),
  // The twin without `must` panics here, which comes to the same.
  fn('toRawJson', [ANY], ([value]) => mustToJson(anyArgument(value), { rawHtml: true })),
  fromText('fromJson', fromJson),
  fromText('fromJsonArray', fromJsonArray),
  fromText('mustFromJson', mustFromJson),
];

const YAML_FUNCTIONS: GoFunction[] = [
  fn('toYaml', [ANY], ([value]) =>
    orElse(
      () => withoutLineBreak(encodeYaml(anyArgument(value))),
      () => '',
    ),
  ),
  fn('toYamlPretty', [ANY], ([value]) =>
    orElse(
      () => withoutLineBreak(encodePrettyYaml(anyArgument(value))),
      () => '',
    ),
  ),
  fromText('fromYaml', fromYaml),
  fromText('fromYamlArray', fromYamlArray),
];

const OTHER_FUNCTIONS: GoFunction[] = [
  fn('toToml', [ANY], ([value]) =>
    orElse(
      () => encodeToml(anyArgument(value)),
      (message) => message,
    ),
  ),
  fromText('fromToml', (text) => orElse((): Value => parseToml(text), errorMap)),
  fromText('b64enc', (text) => encodeBase64(toBytes(text))),
  fromText('b64dec', (text) => decodeText(decodeBase64(text), 'base64')),
  fromText('b32enc', (text) => encodeBase32(toBytes(text))),
  fromText('b32dec', (text) => decodeText(decodeBase32(text), 'base32')),
];

/** JSON, YAML, TOML and base64 functions of Helm and Sprig; where both have one, Helm's. */
export const encodingFunctions: readonly GoFunction[] = [
  ...JSON_FUNCTIONS,
  ...YAML_FUNCTIONS,
  ...OTHER_FUNCTIONS,
];
