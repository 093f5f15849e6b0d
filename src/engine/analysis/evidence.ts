/** What the templates of a service tell about the keys they use: for its form and for its checks. */
import type { Position } from '../errors.js';
import type { Operand } from '../language/ast.js';
import { positionAt } from '../language/position.js';
import type { Site } from './provenance.js';
import type { KeyPath } from './read-set.js';

export type ValueType = 'string' | 'number' | 'boolean' | 'list' | 'object' | 'unknown';

/** A key of the values that templates use. */
export interface TemplateVariable {
  /** From the root of the values; `*` stands for each element of a list or map. */
  path: KeyPath;
  /** Every place that names it. */
  places: Position[];
  /** The literal that `default`, `or`, `coalesce` or `dig` puts in its place. */
  default?: string | number | boolean | null;
  type: ValueType;
  /** True when `required` asks for it. */
  required: boolean;
}

/** How much a use tells about the type: the strongest wins. */
export const WEIGHT = { tested: 1, ranged: 3, parameter: 4, compared: 4, defaulted: 5, opened: 6 } as const;

interface Record {
  path: KeyPath;
  places: Map<string, Position>;
  default?: string | number | boolean | null;
  type: ValueType;
  weight: number;
  required: boolean;
}

/** Collects evidence by key. */
export class Evidence {
  private readonly records = new Map<string, Record>();

  /** `path` is named at `site`. */
  named(path: KeyPath, { template, pos }: Site): void {
    const position = positionAt(template.file, template.source, pos);
    this.record(path).places.set(`${position.file}:${position.line}:${position.column}`, position);
  }

  typed(paths: readonly KeyPath[], type: ValueType, weight: number): void {
    for (const path of paths) {
      const record = this.known(path);
      if (record && weight > record.weight) Object.assign(record, { type, weight });
    }
  }

  defaulted(paths: readonly KeyPath[], operand: Operand | undefined): void {
    const literal = literalOf(operand);
    if (literal === undefined) return;
    for (const path of paths) {
      const record = this.known(path);
      if (!record) continue;
      record.default ??= literal;
      if (literal !== null) this.typed([path], typeOfLiteral(literal), WEIGHT.defaulted);
    }
  }

  required(paths: readonly KeyPath[]): void {
    for (const path of paths) {
      const record = this.known(path);
      if (record) record.required = true;
    }
  }

  /** Keys by path. A key that is only opened to reach others below it is left out. */
  variables(): TemplateVariable[] {
    return [...this.records.values()]
      .filter(({ places }) => places.size > 0)
      .map(variableOf)
      .sort((a, b) => (a.path.join('.') < b.path.join('.') ? -1 : 1));
  }

  private known(path: KeyPath): Record | undefined {
    return this.records.get(path.join('\0'));
  }

  private record(path: KeyPath): Record {
    const id = path.join('\0');
    const known = this.records.get(id);
    if (known) return known;
    const record: Record = { path, places: new Map(), type: 'unknown', weight: 0, required: false };
    this.records.set(id, record);
    return record;
  }
}

function variableOf({ path, places, type, required, default: fallback }: Record): TemplateVariable {
  const variable = { path, places: [...places.values()], type, required };
  return fallback === undefined ? variable : { ...variable, default: fallback };
}

/** The value of a literal in a template; undefined for anything else. */
export function literalOf(operand: Operand | undefined): string | number | boolean | null | undefined {
  if (operand?.type === 'string') return operand.text;
  if (operand?.type === 'bool') return operand.value;
  if (operand?.type === 'nil') return null;
  return operand?.type === 'number' ? operand.number.float : undefined;
}

export function typeOfLiteral(literal: string | number | boolean): ValueType {
  if (typeof literal === 'string') return 'string';
  return typeof literal === 'number' ? 'number' : 'boolean';
}

/** Functions that take anything and make a number of it. */
const NUMERIC = new Set([
  'int',
  'int64',
  'float64',
  'add',
  'add1',
  'sub',
  'mul',
  'div',
  'mod',
  'max',
  'min',
  'until',
]);

/** The type of values a parameter of Go type `type` of a function takes; undefined when any will do. */
export function typeOfParameter(type: string, name: string): ValueType | undefined {
  if (NUMERIC.has(name)) return 'number';
  if (type === 'string') return 'string';
  if (type === 'bool') return 'boolean';
  if (/^(?:u?int|float)\d*$/.test(type)) return 'number';
  if (type.startsWith('[]')) return 'list';
  return type.startsWith('map[') ? 'object' : undefined;
}
