import { TemplateError } from '../errors.js';
import { sprintf } from '../fmt/fmt.js';
import { GoList, GoMap, type Value, listOf, nilList } from '../value.js';
import type { Chart } from './chart.js';

/** Merging of values: Helm's coalesce (null removes) and merge (null stays). */

export type Table = Map<string, Value>;

export const GLOBAL = 'global';

export const isTable = (value: Value | undefined): value is Table => value instanceof Map;

/** A copy that shares nothing with the original. */
export function copyValue(value: Value): Value {
  if (Array.isArray(value)) {
    const copy = value.map(copyValue);
    if (!(value instanceof GoList)) return copy;
    return value.isNil ? nilList(value.goType) : listOf(value.goType, copy);
  }
  if (!(value instanceof Map) || value instanceof GoMap) return value;
  return copyTable(value);
}

export function copyTable(table: ReadonlyMap<string, Value>): Table {
  const copy = new Map<string, Value>();
  for (const [key, value] of table) copy.set(key, copyValue(value));
  return copy;
}

/** `-f a -f b`: tables are merged, everything else of the later one wins. */
export function mergeValueFiles(first: Table, second: Table): Table {
  const merged = new Map(first);
  for (const [key, value] of second) {
    const present = merged.get(key);
    merged.set(key, isTable(value) && isTable(present) ? mergeValueFiles(present, value) : value);
  }
  return merged;
}

/**
 * The values a chart and its subcharts see: what is given over what the charts bring. Null removes a chart's
 * default. Throws TemplateError ValuesInvalid when something that is no table stands where a subchart's values go.
 */
export function coalesceValues(chart: Chart, values: Table): Table {
  const result = copyTable(values);
  coalesceChart(chart, result, false);
  return result;
}

/** As `coalesceValues`, but null stays, for work after which values are coalesced again. */
export function mergeChartValues(chart: Chart, values: Table): Table {
  const result = copyTable(values);
  coalesceChart(chart, result, true);
  return result;
}

function coalesceChart(chart: Chart, values: Table, keepNull: boolean): void {
  addChartDefaults(chart, values, keepNull);
  for (const subchart of chart.dependencies) {
    const own = values.get(subchart.name);
    if (own !== undefined && !isTable(own)) {
      throw new TemplateError('ValuesInvalid', sprintf('type mismatch on %s: %t', [subchart.name, own]));
    }
    const table = own ?? new Map<string, Value>();
    values.set(subchart.name, table);
    passGlobals(values, table);
    coalesceChart(subchart, table, keepNull);
  }
}

function addChartDefaults(chart: Chart, values: Table, keepNull: boolean): void {
  const subcharts = new Set(chart.dependencies.map(({ name }) => name));
  for (const [key, standard] of chart.values ?? []) {
    const value = values.get(key);
    if (value === undefined) {
      values.set(key, copyValue(standard));
    } else if (value === null) {
      if (!keepNull) values.delete(key);
    } else if (isTable(value) && isTable(standard)) {
      // A subchart's own turn comes later: until then null has to stay.
      coalesceTables(value, copyTable(standard), keepNull || subcharts.has(key));
    }
  }
}

/** Adds to `target` what it lacks; `source` is used up. */
export function coalesceTables(target: Table, source: Table, keepNull: boolean): Table {
  const defaults = new Set<string>();
  for (const [key, value] of source) {
    if (value !== null) defaults.add(key);
  }
  for (const [key, value] of target) {
    if (value === null) source.set(key, null);
  }
  for (const [key, value] of source) {
    const present = target.get(key);
    if (present === undefined) {
      target.set(key, value);
    } else if (present === null) {
      // Null takes a default away; where there is none it is a value.
      if (!keepNull && defaults.has(key)) target.delete(key);
    } else if (isTable(value) && isTable(present)) {
      coalesceTables(present, value, keepNull);
    }
  }
  return target;
}

/** Hands `global` of a chart down to its subchart: the upper chart's win, tables are merged. */
function passGlobals(from: Table, to: Table): void {
  const source = from.get(GLOBAL) ?? new Map<string, Value>();
  const target = to.get(GLOBAL) ?? new Map<string, Value>();
  if (!isTable(source) || !isTable(target)) return;
  for (const [key, value] of source) {
    const present = target.get(key);
    if (isTable(value)) {
      if (present === undefined) target.set(key, new Map(value));
      else if (isTable(present)) target.set(key, coalesceTables(new Map(value), present, true));
    } else if (!isTable(present)) {
      target.set(key, value);
    }
  }
  to.set(GLOBAL, target);
}

/** The table at a path with dots; undefined when there is none. */
export function tableAt(values: Table, path: string): Table | undefined {
  let table: Value | undefined = values;
  for (const key of path.split('.')) {
    table = isTable(table) ? table.get(key) : undefined;
    if (table === undefined) return undefined;
  }
  return isTable(table) ? table : undefined;
}

/** The value at a path with dots, if it is no table; undefined when there is none. */
export function valueAt(values: Table, path: string): Value | undefined {
  const dot = path.lastIndexOf('.');
  const table = dot < 0 ? values : tableAt(values, path.slice(0, dot));
  const value = table?.get(path.slice(dot + 1));
  return isTable(value) ? undefined : value;
}
