import { compareStrings, fromBytes } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { textArgument } from '../functions/convert.js';
import { basePath } from '../functions/paths.js';
import { encodeBase64 } from '../go/base64.js';
import { GoBytes, GoObject, type GoFunction, type Value, fn, stringList } from '../value.js';
import { encodeYaml } from '../yaml/encode.js';
import type { ChartFile } from './chart.js';
import { compileGlob } from './path-match.js';

/** `.Files`: a chart's files that are neither templates nor known to Helm by name. */
export class Files extends GoObject {
  readonly type = 'engine.files';
  readonly kind = 'map';
  readonly #files: ReadonlyMap<string, ChartFile>;

  constructor(files: Iterable<ChartFile>) {
    super();
    const sorted = [...files].sort((a, b) => compareStrings(a.name, b.name));
    this.#files = new Map(sorted.map((file) => [file.name, file]));
  }

  override entries(): readonly (readonly [Value, Value])[] {
    return [...this.#files].map(([name, file]) => [name, new GoBytes(file.data)] as const);
  }

  override element(key: string): Value | undefined {
    const file = this.#files.get(key);
    return file === undefined ? undefined : new GoBytes(file.data);
  }

  override zero(): Value {
    return new GoBytes(new Uint8Array(0));
  }

  override isTrue(): boolean {
    return this.#files.size > 0;
  }

  override toData(): Value {
    return new Map(this.entries() as readonly (readonly [string, Value])[]);
  }

  override method(name: string): GoFunction | undefined {
    const call = METHODS.get(name);
    if (call !== undefined)
      return fn(name, ['string'], ([argument], { budget }) => {
        budget.step(this.#files.size);
        return call(this, textArgument(argument));
      });
    if (name === 'AsConfig') return fn(name, [], () => this.asYaml((file) => file.text));
    if (name === 'AsSecrets') return fn(name, [], () => this.asYaml((file) => encodeBase64(file.data)));
    return undefined;
  }

  get(name: string): ChartFile | undefined {
    return this.#files.get(name);
  }

  /** Those whose path fits the pattern; a pattern that cannot be read fits them all, as in Helm. */
  glob(pattern: string): Files {
    const matches = compileOrAll(pattern);
    return new Files([...this.#files.values()].filter((file) => matches(file.name)));
  }

  /** Contents under the names without folders. */
  private asYaml(content: (file: ChartFile) => string): string {
    const entries = [...this.#files.values()].map((file) => [basePath(file.name), content(file)] as const);
    const yaml = encodeOrEmpty(new Map<string, Value>(entries));
    return yaml.endsWith('\n') ? yaml.slice(0, -1) : yaml;
  }
}

const METHODS = new Map<string, (files: Files, argument: string) => Value>([
  ['Get', (files, name) => files.get(name)?.text ?? ''],
  ['GetBytes', (files, name) => new GoBytes(files.get(name)?.data ?? new Uint8Array(0))],
  ['Glob', (files, pattern) => files.glob(pattern)],
  ['Lines', (files, name) => stringList(linesOf(files.get(name)))],
]);

function linesOf(file: ChartFile | undefined): string[] {
  if (file === undefined || file.data.length === 0) return [];
  return fromBytes(file.data).replace(/\n$/, '').split('\n');
}

function compileOrAll(pattern: string): (path: string) => boolean {
  try {
    return compileGlob(pattern);
  } catch (error) {
    if (error instanceof FunctionError) return compileGlob('**');
    throw error;
  }
}

function encodeOrEmpty(value: Value): string {
  try {
    return encodeYaml(value);
  } catch {
    return '';
  }
}
