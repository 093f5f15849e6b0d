import { fromBytes } from '../bytes.js';
import { formatGeneral, shortestFloat32 } from '../go/float.js';
import { type Value, int64 } from '../value.js';
import { YamlError } from './error.js';
import { goSyntax } from './go-syntax.js';
import { AliasNode, MappingNode, ScalarNode, YamlNode } from './node.js';
import { parseFirstDocument } from './parser.js';
import { Scalar, resolvePlain, resolveTagged } from './resolve.js';

/** Documents up to this many nodes may come to 99 % from aliases; the share falls to 10 % at the second number. */
const ALIAS_RATIO_LOW = 400_000;
const ALIAS_RATIO_HIGH = 4_000_000;

/**
 * The first document of a YAML text as sigs.k8s.io/yaml gives it to an `interface {}`: YAML 1.1, then through
 * JSON, so that all numbers are float64 and all keys strings. An empty text is null.
 * Throws an Error whose message is that of `yaml.Unmarshal`.
 */
export function parseYaml(text: string): Value {
  return decode(text, toJsonValue);
}

/** As `parseYaml`, but integers stay integers (`GoInt`): for fields that are texts in the end. */
export function parseYamlWithIntegers(text: string): Value {
  return decode(text, (scalar) =>
    scalar.type === 'int' ? int64(BigInt(scalar.value ?? 0)) : toJsonValue(scalar),
  );
}

function decode(text: string, convert: (scalar: Scalar) => Value): Value {
  try {
    const node = parseFirstDocument(text);
    return node === undefined ? null : new Decoder(convert).value(node);
  } catch (error) {
    if (error instanceof YamlError) {
      throw new Error(`error converting YAML to JSON: yaml: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

class Decoder {
  #decoded = 0;
  #fromAliases = 0;
  #aliasDepth = 0;
  readonly #open = new Set<AliasNode>();

  constructor(private readonly convert: (scalar: Scalar) => Value) {}

  value(node: YamlNode): Value {
    this.count();
    if (node.kind === 'scalar') return this.convert(scalarOf(node));
    if (node.kind === 'alias') return this.alias(node, (target) => this.value(target));
    if (node.kind === 'sequence') return node.items.map((item) => this.value(item));
    const table = new Map<string, Value>();
    this.addEntries(table, node);
    return table;
  }

  private count(): void {
    this.#decoded++;
    if (this.#aliasDepth > 0) this.#fromAliases++;
    if (this.#fromAliases <= 100 || this.#decoded <= 1000) return;
    if (this.#fromAliases / this.#decoded > allowedAliasRatio(this.#decoded)) {
      throw new YamlError('document contains excessive aliasing');
    }
  }

  private alias<T>(node: AliasNode, use: (target: AliasNode['target']) => T): T {
    if (this.#open.has(node)) throw new YamlError(`anchor '${node.name}' value contains itself`);
    this.#open.add(node);
    this.#aliasDepth++;
    const result = use(node.target);
    this.#aliasDepth--;
    this.#open.delete(node);
    return result;
  }

  private addEntries(map: Map<string, Value>, node: MappingNode): void {
    for (const [key, value] of node.entries) {
      if (isMerge(key)) this.merge(map, value);
      else map.set(this.key(key, value), this.value(value));
    }
  }

  private key(node: YamlNode, value: YamlNode): string {
    if (node.kind === 'alias') return this.alias(node, (target) => this.key(target, value));
    if (node.kind === 'scalar') {
      this.count();
      return keyText(scalarOf(node), value);
    }
    // What is wrong inside is told first.
    this.value(node);
    throw new YamlError(`invalid map key: ${goSyntax(node)}`);
  }

  /** `<<`: later sources of a list give way to earlier ones; all give way to keys after the `<<`. */
  private merge(map: Map<string, Value>, source: YamlNode): void {
    if (source.kind === 'sequence') {
      for (const item of source.items.toReversed()) this.mergeOne(map, item);
    } else {
      this.mergeOne(map, source);
    }
  }

  private mergeOne(map: Map<string, Value>, source: YamlNode): void {
    this.count();
    if (source.kind === 'mapping') {
      this.addEntries(map, source);
    } else if (source.kind === 'alias' && source.target.kind === 'mapping') {
      this.alias(source, (target) => this.mergeOne(map, target));
    } else {
      throw new YamlError('map merge requires map or sequence of maps as the value');
    }
  }
}

function allowedAliasRatio(decoded: number): number {
  if (decoded <= ALIAS_RATIO_LOW) return 0.99;
  if (decoded >= ALIAS_RATIO_HIGH) return 0.1;
  return 0.99 - 0.89 * ((decoded - ALIAS_RATIO_LOW) / (ALIAS_RATIO_HIGH - ALIAS_RATIO_LOW));
}

function isMerge(node: YamlNode): boolean {
  if (node.kind !== 'scalar' || node.value !== '<<') return false;
  return node.implicit || node.tag === 'tag:yaml.org,2002:merge';
}

function scalarOf(node: ScalarNode): Scalar {
  if (node.tag !== '') return resolveTagged(node.tag, node.value);
  return node.implicit ? resolvePlain(node.value) : { type: 'str', value: node.value };
}

function toJsonValue(scalar: Scalar): Value {
  const { value } = scalar;
  if (scalar.type === 'binary') return decodeBinary(String(value));
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`error converting YAML to JSON: json: unsupported value: ${formatGeneral(value)}`);
  }
  return value;
}

/** The text of a mapping's key in JSON; floats keep the precision of a float32 only. */
function keyText({ type, value }: Scalar, entry: YamlNode): string {
  if (type === 'binary') return decodeBinary(String(value));
  if (type === 'float') return floatKey(Number(value));
  if (value !== null) return String(value);
  const shown = goSyntax(entry);
  throw new Error(
    `error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`,
  );
}

function floatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return formatGeneral(shortestFloat32(value));
}

function decodeBinary(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll(/[\r\n]/g, '')), (character) =>
      character.charCodeAt(0),
    );
    return fromBytes(bytes).toWellFormed();
  } catch {
    throw new YamlError('!!binary value contains invalid base64 data');
  }
}
