import { TemplateError } from '../errors.js';
import { formatGeneral, shortestFloat32 } from '../go/float.js';
import { isSpace } from '../go/unicode.js';
import { isPrint, quote } from '../fmt/quote.js';
import { basePath } from '../functions/paths.js';
import { parseVersion } from '../semver/version.js';
import { GoInt, type Value } from '../value.js';

/** One entry of `dependencies` in Chart.yaml (or of requirements.yaml of an old chart). */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  /** Paths in the values, with commas between: the first that is a bool decides. */
  readonly condition: string;
  readonly tags: readonly string[];
  readonly alias: string;
  readonly importValues: readonly Value[];
  readonly enabled: boolean;
}

export interface Maintainer {
  readonly name: string;
  readonly email: string;
  readonly url: string;
}

/** Chart.yaml, of apiVersion v1 or v2. Absent texts are empty, absent lists undefined. */
export interface Metadata {
  readonly name: string;
  readonly home: string;
  readonly sources: readonly string[] | undefined;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[] | undefined;
  readonly maintainers: readonly Maintainer[] | undefined;
  readonly icon: string;
  readonly apiVersion: string;
  readonly condition: string;
  readonly tags: string;
  readonly appVersion: string;
  readonly deprecated: boolean;
  readonly annotations: ReadonlyMap<string, string> | undefined;
  readonly kubeVersion: string;
  readonly dependencies: readonly Dependency[] | undefined;
  readonly type: string;
}

const invalid = (message: string): TemplateError =>
  new TemplateError('ChartInvalid', `validation: ${message}`);

/** Reads fields of a mapping the way encoding/json fills a Go struct from YAML: numbers and bools become texts. */
class Fields {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(
    value: Value,
    private readonly type: string,
  ) {
    if (value !== null && !(value instanceof Map)) throw mismatch(`Go value of type ${type}`);
    this.#values = new Map([...(value ?? [])].map(([key, item]) => [key.toLowerCase(), item]));
  }

  get(name: string): Value {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  text(name: string): string {
    return textOf(this.get(name), () => mismatch(`Go struct field ${this.type}.${name} of type string`));
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (value === null || typeof value === 'boolean') return value ?? false;
    throw mismatch(`Go struct field ${this.type}.${name} of type bool`);
  }

  list(name: string): Value[] | undefined {
    const value = this.get(name);
    if (value === null) return undefined;
    if (Array.isArray(value)) return value;
    throw mismatch(`Go struct field ${this.type}.${name} of type []`);
  }

  texts(name: string): string[] | undefined {
    return this.list(name)?.map((item) =>
      textOf(item, () => mismatch(`Go struct field ${this.type}.${name} of type string`)),
    );
  }

  textMap(name: string): Map<string, string> | undefined {
    const value = this.get(name);
    if (value === null) return undefined;
    const problem = (): TemplateError =>
      mismatch(`Go struct field ${this.type}.${name} of type map[string]string`);
    if (!(value instanceof Map)) throw problem();
    return new Map([...value].map(([key, item]) => [key, textOf(item, problem)]));
  }
}

function mismatch(where: string): TemplateError {
  return new TemplateError(
    'ChartInvalid',
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into ${where}`,
  );
}

/** A scalar as text; floats keep the precision of a float32, as sigs.k8s.io/yaml writes them. */
export function textOf(value: Value, problem: () => Error): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || value instanceof GoInt) return String(value);
  if (typeof value !== 'number') throw problem();
  return formatGeneral(shortestFloat32(value));
}

/** White space becomes blanks, what cannot be printed is dropped. */
function sanitize(text: string): string {
  return Array.from(text, (character) => {
    if (isSpace(character)) return ' ';
    return isPrint(character.codePointAt(0) ?? 0) ? character : '';
  }).join('');
}

/** Chart.yaml as parsed YAML. Throws TemplateError when a field has the wrong type. */
export function readMetadata(value: Value): Metadata {
  const fields = new Fields(value, 'Metadata');
  return {
    name: sanitize(fields.text('name')),
    home: sanitize(fields.text('home')),
    sources: fields.texts('sources')?.map(sanitize),
    version: fields.text('version'),
    description: sanitize(fields.text('description')),
    keywords: fields.texts('keywords')?.map(sanitize),
    maintainers: fields.list('maintainers')?.map(readMaintainer),
    icon: sanitize(fields.text('icon')),
    // A chart without apiVersion is of the time before it.
    apiVersion: fields.text('apiVersion') || 'v1',
    condition: sanitize(fields.text('condition')),
    tags: sanitize(fields.text('tags')),
    appVersion: sanitize(fields.text('appVersion')),
    deprecated: fields.flag('deprecated'),
    annotations: fields.textMap('annotations'),
    kubeVersion: sanitize(fields.text('kubeVersion')),
    dependencies: readDependencies(fields),
    type: fields.text('type'),
  };
}

/** The dependencies in requirements.yaml: they replace those of Chart.yaml when there are any. */
export function readRequirements(value: Value): readonly Dependency[] | undefined {
  return readDependencies(new Fields(value, 'Metadata'));
}

function readDependencies(fields: Fields): Dependency[] | undefined {
  return fields.list('dependencies')?.map(readDependency);
}

function readMaintainer(value: Value): Maintainer {
  if (value === null) throw invalid('maintainers must not contain empty or null nodes');
  const fields = new Fields(value, 'Metadata.maintainers');
  return {
    name: sanitize(fields.text('name')),
    email: sanitize(fields.text('email')),
    url: sanitize(fields.text('url')),
  };
}

function readDependency(value: Value): Dependency {
  if (value === null) throw invalid('dependencies must not contain empty or null nodes');
  const fields = new Fields(value, 'Metadata.dependencies');
  const name = sanitize(fields.text('name'));
  const alias = fields.text('alias');
  if (alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(alias)) {
    throw invalid(`dependency ${quote(name)} has disallowed characters in the alias`);
  }
  return {
    name,
    version: sanitize(fields.text('version')),
    repository: sanitize(fields.text('repository')),
    condition: sanitize(fields.text('condition')),
    tags: fields.texts('tags')?.map(sanitize) ?? [],
    alias,
    importValues: fields.list('import-values') ?? [],
    enabled: fields.flag('enabled'),
  };
}

/** Helm's checks of Chart.yaml. Throws TemplateError ChartInvalid with the first that fails. */
export function validateMetadata(metadata: Metadata): void {
  const { name, version, type } = metadata;
  if (name === '') throw invalid('chart.metadata.name is required');
  if (name === '.' || name === '..') throw invalid(`chart.metadata.name ${quote(name)} is not allowed`);
  if (name !== basePath(name)) throw invalid(`chart.metadata.name ${quote(name)} is invalid`);
  if (version === '') throw invalid('chart.metadata.version is required');
  if (!isVersion(version)) throw invalid(`chart.metadata.version ${quote(version)} is invalid`);
  if (!['', 'application', 'library'].includes(type)) {
    throw invalid('chart.metadata.type must be application or library');
  }
  const names = new Set<string>();
  for (const dependency of metadata.dependencies ?? []) {
    const key = dependency.alias || dependency.name;
    if (names.has(key)) throw invalid(`more than one dependency with name or alias ${quote(key)}`);
    names.add(key);
  }
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}
