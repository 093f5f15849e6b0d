/** The variables of a template: what it takes from the config, and what the config does not have. Pure. */
import {
  analyzeChart,
  type Position,
  repeatableEnvironment,
  TemplateError,
  toPlain,
} from '../../engine/index.js';
import type { KeyType } from '../../model/config.js';
import type { TemplateContent } from '../../model/template.js';
import { nameOf, pathOf } from '../configs/values.js';
import { chartOf } from './chart-of.js';

export interface Variable {
  /** As the key of a config: `image.tag`. */
  name: string;
  type: KeyType;
  /** `templates/web.yaml:12:8` */
  places: string[];
  /** What the template or its values.yaml puts in its place. */
  default?: unknown;
  /** The template asks for it with `required`. */
  required: boolean;
  /** Services in whose files it stands. */
  services: string[];
}

const TYPES: Readonly<Record<string, KeyType>> = {
  string: 'string',
  number: 'number',
  boolean: 'bool',
  list: 'list',
  object: 'map',
  unknown: 'string',
};

/** Variables in the order of names; none when the chart cannot be read. */
export function variablesOf(content: TemplateContent): Variable[] {
  const chart = chartOf(content);
  const environment = repeatableEnvironment({ seed: '', now: 0n });
  const owner = new Map(
    content.services.flatMap(({ name, templates }) => templates.map((path) => [path, name])),
  );
  const prefix = `${chart.name}/`;
  const defaults = toPlain(chart.values ?? new Map());
  const { variables } = analyzeChart(chart, { release: { name: 'release' }, environment });
  return variables
    .filter(({ path }) => !path.includes('*'))
    .map(({ path, type, places, required, default: literal }) => {
      const standard = valueAt(defaults, path) ?? literal;
      const files = places.map(({ file }) => file.replace(prefix, ''));
      return {
        name: nameOf(path),
        type: typeOf(standard) ?? TYPES[type] ?? 'string',
        places: places.map((place) => placeText(place, prefix)),
        ...(standard !== undefined && standard !== null && { default: standard }),
        required,
        services: [...new Set(files.flatMap((file) => owner.get(file) ?? []))],
      };
    });
}

/** Variables that neither a key nor a default stands for. */
export function missingVariables(content: TemplateContent, keys: readonly string[]): Variable[] {
  const known = keys.map((name) => pathOf(name));
  try {
    return variablesOf(content).filter(
      (variable) =>
        variable.default === undefined && !known.some((path) => covers(path, pathOf(variable.name))),
    );
  } catch (error) {
    if (error instanceof TemplateError) return [];
    throw error;
  }
}

/** A key stands for all that lies in its value, and for the map it lies in. */
function covers(key: readonly string[], variable: readonly string[]): boolean {
  const shared = Math.min(key.length, variable.length);
  return key.slice(0, shared).every((part, i) => part === variable[i]);
}

function placeText({ file, line, column }: Position, prefix: string): string {
  return `${file.replace(prefix, '')}:${line}:${column}`;
}

function typeOf(value: unknown): KeyType | undefined {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'object' && value !== null) return 'map';
  return typeof value === 'string' ? 'string' : undefined;
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
