/** Watches a render: which keys it reads, what its output stems from. */
import type { Cell } from '../language/cell.js';
import type { Output, Tracer } from '../language/tracer.js';
import { type GoFunction, GoInt, GoMap, type Value } from '../value.js';
import { CARRIERS, CHANGERS, KINDS } from './function-kinds.js';
import {
  indentSpans,
  type Provenance,
  removeSpans,
  type SecretKeys,
  secretsOf,
  sliceSpans,
  type Span,
  unite,
} from './provenance.js';
import { copiesOf, type KeyPath, ReadSet, type ReadKind } from './read-set.js';
import { TracedOutput } from './traced-output.js';

export interface TraceOptions {
  /** The values whose keys are watched: the object templates see as `.Values`. */
  values: Value;
  /** Keys whose values are secret: everything under them is. */
  secrets?: readonly KeyPath[];
  /** Where the values of subcharts lie: they hold copies of `global`. */
  subcharts?: readonly KeyPath[];
}

interface Secret {
  path: KeyPath;
  /** The key it was marked by. */
  name: string;
}

type Container = Map<string, Value> | Value[];

const TRIMS = /^trim/;

const isContainer = (value: Value | undefined): value is Container =>
  value instanceof Map || Array.isArray(value);

const originOf = (value: Container): object => (value instanceof GoMap ? value.origin : value);

const noteOf = (cell: Cell): Provenance | undefined => cell.note;

/**
 * A tracer for one render. What it says of reads is exact or too much, never too little. Secrets are followed
 * along data, not along decisions: `if .Values.secret` marks nothing.
 */
export class Trace implements Tracer {
  readonly reads: ReadSet;
  private readonly paths = new WeakMap<object, KeyPath>();
  /** Secrets put into maps and lists made by templates: by key, `*` for all of it. */
  private readonly held = new WeakMap<object, Map<string, SecretKeys>>();
  private readonly secrets: readonly Secret[];

  constructor({ values, secrets = [], subcharts = [] }: TraceOptions) {
    this.reads = new ReadSet(subcharts);
    this.secrets = secrets.flatMap((path) =>
      copiesOf(path, subcharts).map((copy) => ({ path: copy, name: path.join('.') })),
    );
    this.watch(values, []);
  }

  /** Remembers where each map and list of the values lies. */
  private watch(value: Value, path: KeyPath): void {
    if (!isContainer(value) || this.pathOf(value)) return;
    this.paths.set(originOf(value), path);
    for (const [key, item] of value.entries()) this.watch(item, [...path, String(key)]);
  }

  private pathOf(value: Container): KeyPath | undefined {
    return this.paths.get(originOf(value));
  }

  output(): TracedOutput {
    return new TracedOutput((cell) => this.used(cell));
  }

  textNote(output: Output, removed?: string): Provenance | undefined {
    if (!(output instanceof TracedOutput)) return undefined;
    const { spans, text } = output;
    return { spans: removed === undefined ? spans : removeSpans(spans, text, removed) };
  }

  read(cell: Cell, key: string | number, value: Value | undefined): Provenance | undefined {
    const container = cell.value;
    if (!isContainer(container)) return noteOf(cell);
    const name = String(key);
    const secrets = this.heldBy(container, name, value);
    const parent = this.pathOf(container);
    if (!parent) return withSecrets(secrets);
    const path = [...parent, name];
    if (isContainer(value)) {
      // What a template put there itself.
      if (!this.pathOf(value)) this.paths.set(originOf(value), path);
      return withSecrets(secrets);
    }
    this.reads.add(path, 'value');
    return withSecrets(unite([secrets, this.secretsAt(path)]));
  }

  tested(cell: Cell): void {
    this.touch(cell.value, 'presence');
  }

  listed(cell: Cell): void {
    this.touch(cell.value, 'keys');
  }

  called({ name }: GoFunction, args: readonly Cell[], result: Value): Provenance | undefined {
    const secrets = this.navigated(name, args) ?? unite(args.map((cell) => this.usedBy(name, cell)));
    const [first] = args;
    if (first && CHANGERS.has(name)) this.hold(first.value, '*', secrets);
    if (first && name === 'set') this.holdPairs(first.value, args.slice(1));
    if (isContainer(result)) {
      this.made(name, args, result, secrets);
      return undefined;
    }
    return this.sameAs(args, result) ?? transformed(name, args, result) ?? withSecrets(secrets);
  }

  /** A function gave a map or list: what lies in it that is not watched already. */
  private made(name: string, args: readonly Cell[], result: Container, secrets?: SecretKeys): void {
    if (name === 'dict') this.holdPairs(result, args);
    if (name === 'dict' || name === 'set' || this.pathOf(result)) return;
    this.hold(result, '*', CARRIERS.has(name) ? unite(args.map((cell) => this.carried(cell))) : secrets);
  }

  /** Secrets that lie directly in an argument: nested containers go on to tell of their own. */
  private carried({ value, note }: Cell): SecretKeys | undefined {
    if (!isContainer(value)) return secretsOf(note);
    const path = this.pathOf(value);
    return unite([...(this.held.get(value)?.values() ?? []), path && this.secretsUnder(path)]);
  }

  /** The value was printed: all of it was read. Gives the secrets in it. */
  private used(cell: Cell): SecretKeys | undefined {
    this.touch(cell.value, 'value');
    return unite([secretsOf(noteOf(cell)), this.secretsIn(cell.value)]);
  }

  private usedBy(name: string, cell: Cell): SecretKeys | undefined {
    if (!CARRIERS.has(name)) this.touch(cell.value, KINDS.get(name) ?? 'value');
    return unite([secretsOf(noteOf(cell)), this.secretsIn(cell.value)]);
  }

  /** Functions that look up keys: only these are read. Undefined when the function is none of them. */
  private navigated(name: string, args: readonly Cell[]): SecretKeys | undefined {
    const [first, ...rest] = args;
    if (name === 'get' || name === 'hasKey' || name === 'index') return this.walk(first, rest);
    if (name === 'dig') return this.walk(args.at(-1), args.slice(0, -2));
    return undefined;
  }

  private walk(start: Cell | undefined, keys: readonly Cell[]): SecretKeys | undefined {
    let cell = start;
    for (const key of keys) {
      if (!cell || !isContainer(cell.value)) break;
      const name = keyName(key.value);
      const value = elementOf(cell.value, name);
      cell = { value, boxed: false, note: this.read(cell, name, value) };
    }
    if (!cell) return EMPTY;
    return unite([secretsOf(noteOf(cell)), this.secretsIn(cell.value)]) ?? EMPTY;
  }

  /** Marks a watched container, and what lists made by templates hold of them, as read. */
  private touch(value: Value | undefined, kind: ReadKind, depth = 0): void {
    if (!isContainer(value)) return;
    const path = this.pathOf(value);
    if (path) this.reads.add(path, kind);
    else if (kind === 'value' && depth < MAX_DEPTH) {
      for (const item of value.values()) this.touch(item, kind, depth + 1);
    }
  }

  /** Secrets that lie in a watched container or were put into one made by a template. */
  private secretsIn(value: Value | undefined, depth = 0): SecretKeys | undefined {
    if (!isContainer(value) || depth > MAX_DEPTH) return undefined;
    const held = this.held.get(value);
    const own = held ? unite(held.values()) : undefined;
    const path = this.pathOf(value);
    if (path) return unite([own, this.secretsUnder(path)]);
    if (this.secrets.length === 0) return own;
    return unite([own, ...[...value.values()].map((item) => this.secretsIn(item, depth + 1))]);
  }

  /** Secrets the value at `path` is part of. */
  private secretsAt(path: KeyPath): SecretKeys | undefined {
    return this.matching((secret) => startsWith(path, secret));
  }

  /** Secrets the value at `path` is part of or holds. */
  private secretsUnder(path: KeyPath): SecretKeys | undefined {
    return this.matching((secret) => startsWith(path, secret) || startsWith(secret, path));
  }

  private matching(test: (secret: KeyPath) => boolean): SecretKeys | undefined {
    if (this.secrets.length === 0) return undefined;
    const found = this.secrets.filter(({ path }) => test(path));
    return found.length === 0 ? undefined : new Set(found.map(({ name }) => name));
  }

  private heldBy(container: Container, key: string, value: Value | undefined): SecretKeys | undefined {
    const held = this.held.get(container);
    if (!held) return undefined;
    const all = held.get('*');
    if (isContainer(value) && !this.pathOf(value)) this.hold(value, '*', all);
    return unite([held.get(key), all]);
  }

  /** Notes what `key value key value …` put into a map. Containers know their secrets themselves. */
  private holdPairs(map: Value | undefined, pairs: readonly Cell[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const item = pairs[i + 1];
      if (item && !isContainer(item.value)) this.hold(map, keyName(pairs[i]?.value), secretsOf(noteOf(item)));
    }
  }

  private hold(value: Value | undefined, key: string, secrets: SecretKeys | undefined): void {
    if (!secrets || secrets.size === 0 || !isContainer(value)) return;
    const held = this.held.get(value) ?? new Map<string, SecretKeys>();
    held.set(key, unite([held.get(key), secrets]) ?? secrets);
    this.held.set(value, held);
  }

  /** A function that gave an argument back unchanged: what is known of it stays known. */
  private sameAs(args: readonly Cell[], result: Value): Provenance | undefined {
    const same = args.filter((cell) => cell.value === result && result !== null);
    if (same.length === 0) return undefined;
    const spans = same.map((cell) => noteOf(cell)?.spans).find((found) => found !== undefined);
    return { secrets: unite(same.map((cell) => noteOf(cell)?.secrets)), spans };
  }
}

/** Functions whose effect on a text is known to the character. */
function transformed(name: string, args: readonly Cell[], result: Value): Provenance | undefined {
  const last = args.at(-1);
  const spans = last && noteOf(last)?.spans;
  if (!spans || typeof last.value !== 'string' || typeof result !== 'string') return undefined;
  if (TRIMS.test(name)) return { spans: trimmedSpans(name, spans, last.value, result) };
  const width = args[0]?.value;
  if ((name !== 'indent' && name !== 'nindent') || !(width instanceof GoInt)) return undefined;
  return { spans: indentSpans(spans, last.value, width.toNumber(), name === 'nindent') };
}

function trimmedSpans(name: string, spans: readonly Span[], text: string, result: string): Span[] {
  const from = name === 'trimPrefix' ? text.length - result.length : text.indexOf(result);
  return sliceSpans(spans, from, from + result.length);
}

/** Deeper than any values file; ends the walk of a map that holds itself. */
const MAX_DEPTH = 64;
/** Not undefined: the function was a look-up, if one that found no secret. */
const EMPTY: SecretKeys = new Set();

const withSecrets = (secrets: SecretKeys | undefined): Provenance | undefined =>
  secrets && secrets.size > 0 ? { secrets } : undefined;

const startsWith = (path: KeyPath, prefix: KeyPath): boolean =>
  prefix.length <= path.length && prefix.every((key, i) => key === path[i]);

function keyName(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  return value instanceof GoInt ? value.toString() : '';
}

function elementOf(container: Container, key: string): Value | undefined {
  return Array.isArray(container) ? container[Number(key)] : container.get(key);
}
