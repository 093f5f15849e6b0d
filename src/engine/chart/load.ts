import { TemplateError } from '../errors.js';
import type { Value } from '../value.js';
import { parseYaml, parseYamlWithIntegers } from '../yaml/decode.js';
import { readArchive } from './archive.js';
import { Chart, ChartFile } from './chart.js';
import { type Metadata, readMetadata, readRequirements, validateMetadata } from './metadata.js';

/** What loading takes from the platform. */
export interface LoadOptions {
  /** Unpacks gzip; throws when the result would be longer than `limit` bytes. */
  gunzip(data: Uint8Array, limit: number): Uint8Array;
}

/** Subcharts deeper than this are refused. */
const MAX_DEPTH = 20;
/** Bytes unpacked for one chart, archives inside archives included. */
const MAX_UNPACKED = 256 * 1024 * 1024;

/**
 * A chart from its files, as Helm puts it together. Names are paths from the chart's root.
 * Throws TemplateError ChartInvalid.
 */
export function loadChart(files: readonly ChartFile[], options: LoadOptions): Chart {
  return loadAt(files, withinBounds(options), 0);
}

/** A chart from a .tgz as `helm package` makes it. Throws TemplateError ChartInvalid. */
export function loadChartArchive(data: Uint8Array, options: LoadOptions): Chart {
  const bounded = withinBounds(options);
  return loadAt(readArchive(data, bounded), bounded, 0);
}

/** Options of which all calls together unpack no more than one chart may. */
function withinBounds(options: LoadOptions): LoadOptions {
  let left = MAX_UNPACKED;
  return {
    gunzip: (data, limit) => {
      const unpacked = options.gunzip(data, Math.max(1, Math.min(limit, left)));
      left -= unpacked.length;
      return unpacked;
    },
  };
}

function loadAt(files: readonly ChartFile[], options: LoadOptions, depth: number): Chart {
  if (depth > MAX_DEPTH) throw new TemplateError('ChartInvalid', 'subcharts are nested too deeply');
  const named = new Map(files.map((file) => [file.name, file]));
  const metadata = loadMetadata(named);
  validateMetadata(metadata);
  const sorted = sortFiles(files, metadata);
  return new Chart({
    metadata,
    templates: sorted.templates,
    files: sorted.files,
    values: loadValues(named.get('values.yaml')),
    schema: named.get('values.schema.json'),
    dependencies: [...sorted.subcharts].flatMap(([name, parts]) =>
      loadSubchart(name, parts, metadata.name, options, depth),
    ),
  });
}

function loadMetadata(files: ReadonlyMap<string, ChartFile>): Metadata {
  const file = files.get('Chart.yaml');
  if (file === undefined) throw new TemplateError('ChartInvalid', 'Chart.yaml file is missing');
  const metadata = within('cannot load Chart.yaml', () => readMetadata(parseYamlWithIntegers(file.text)));
  const requirements = files.get('requirements.yaml');
  if (requirements === undefined) return metadata;
  const dependencies = within('cannot load requirements.yaml', () =>
    readRequirements(parseYamlWithIntegers(requirements.text)),
  );
  return dependencies === undefined ? metadata : { ...metadata, dependencies };
}

function within<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError('ChartInvalid', `${what}: ${message}`, { cause: error });
  }
}

function loadValues(file: ChartFile | undefined): Map<string, Value> | undefined {
  if (file === undefined) return undefined;
  return within('cannot load values.yaml', () => readValues(file.text));
}

/** A values file: a mapping, or nothing. Throws an Error with the message of `yaml.Unmarshal`. */
export function readValues(text: string): Map<string, Value> {
  const values = parseYaml(text);
  if (values === null) return new Map<string, Value>();
  if (values instanceof Map) return values;
  const kind = Array.isArray(values) ? 'array' : typeof values === 'boolean' ? 'bool' : typeof values;
  throw new Error(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  );
}

interface SortedFiles {
  templates: ChartFile[];
  files: ChartFile[];
  subcharts: Map<string, ChartFile[]>;
}

const KNOWN = new Set(['Chart.yaml', 'Chart.lock', 'values.yaml', 'values.schema.json']);
const REQUIREMENTS = new Set(['requirements.yaml', 'requirements.lock']);

function sortFiles(files: readonly ChartFile[], metadata: Metadata): SortedFiles {
  const sorted: SortedFiles = { templates: [], files: [], subcharts: new Map() };
  for (const file of files) {
    if (KNOWN.has(file.name) || (REQUIREMENTS.has(file.name) && metadata.apiVersion !== 'v1')) continue;
    if (file.name.startsWith('templates/')) sorted.templates.push(file);
    else if (file.name.startsWith('charts/') && !file.name.endsWith('.prov'))
      addToSubchart(sorted.subcharts, file);
    else sorted.files.push(file);
  }
  return sorted;
}

function addToSubchart(subcharts: Map<string, ChartFile[]>, file: ChartFile): void {
  const path = file.name.slice('charts/'.length);
  const name = path.split('/', 1)[0] ?? '';
  const parts = subcharts.get(name) ?? [];
  parts.push(new ChartFile(path, file.data));
  subcharts.set(name, parts);
}

function loadSubchart(
  name: string,
  parts: ChartFile[],
  parent: string,
  options: LoadOptions,
  depth: number,
): Chart[] {
  if (name.startsWith('_') || name.startsWith('.')) return [];
  return within(`error unpacking subchart ${name} in ${parent}`, () => {
    if (name.endsWith('.tgz')) {
      const [archive] = parts;
      if (archive === undefined || archive.name !== name)
        throw new Error(`expected ${name}, got ${archive?.name}`);
      return [loadAt(readArchive(archive.data, options), options, depth + 1)];
    }
    // Files right in charts/ belong to no subchart.
    const inner = parts.filter((file) => file.name.includes('/'));
    return [
      loadAt(
        inner.map((file) => new ChartFile(file.name.slice(name.length + 1), file.data)),
        options,
        depth + 1,
      ),
    ];
  });
}
