import { satisfies } from '../semver/constraint.js';
import { sprint } from '../fmt/fmt.js';
import { type Value, stringMap } from '../value.js';
import type { Chart } from './chart.js';
import type { Dependency } from './metadata.js';
import {
  type Table,
  coalesceTables,
  coalesceValues,
  copyTable,
  isTable,
  mergeChartValues,
  tableAt,
  valueAt,
} from './values.js';

/** True when the version fits the constraint; false, too, when one of them cannot be read. */
export function isCompatibleRange(constraint: string, version: string): boolean {
  try {
    return satisfies(constraint, version);
  } catch {
    return false;
  }
}

/** Names of dependencies of Chart.yaml that are not in charts/. */
export function missingDependencies(chart: Chart): string[] {
  const present = new Set(chart.dependencies.map(({ name }) => name));
  return (chart.metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !present.has(name));
}

/**
 * The tree of charts that is rendered with these values: aliases are charts of their own, what conditions and
 * tags turn off is gone, and `import-values` have become values of the parents.
 */
export function processDependencies(chart: Chart, values: Table): Chart {
  return importValues(enableDependencies(chart, values, ''));
}

function enableDependencies(chart: Chart, values: Table, path: string): Chart {
  const wanted = chart.metadata.dependencies;
  if (wanted === undefined) return chart;
  const named = wanted.map(underAlias);
  const aliased = chart.with({ dependencies: withAliases(chart, wanted) });
  const coalesced = coalesceValues(aliased, values);
  const off = new Set(
    named.filter((dependency) => !isEnabled(dependency, coalesced, path)).map(({ name }) => name),
  );
  const kept = named.filter(({ name }) => !off.has(name)).map(asEnabled);
  return aliased.with({
    dependencies: aliased.dependencies
      .filter(({ name }) => !off.has(name))
      .map((subchart) => enableDependencies(subchart, coalesced, `${path}${subchart.name}.`)),
    metadata: { ...chart.metadata, dependencies: kept.length === 0 ? undefined : kept },
  });
}

function underAlias(dependency: Dependency): Dependency {
  return { ...dependency, name: dependency.alias || dependency.name };
}

function asEnabled(dependency: Dependency): Dependency {
  return { ...dependency, enabled: true };
}

/** Subcharts Chart.yaml does not name, then one chart for each entry of Chart.yaml, under its alias. */
function withAliases(chart: Chart, wanted: readonly Dependency[]): Chart[] {
  const fits = (subchart: Chart, dependency: Dependency): boolean =>
    subchart.name === dependency.name && isCompatibleRange(dependency.version, subchart.metadata.version);
  const unnamed = chart.dependencies.filter(
    (subchart) => !wanted.some((dependency) => fits(subchart, dependency)),
  );
  const named = wanted.flatMap((dependency) => {
    const subchart = chart.dependencies.find((candidate) => fits(candidate, dependency));
    if (subchart === undefined) return [];
    const name = dependency.alias || subchart.name;
    return [subchart.with({ metadata: { ...subchart.metadata, name } })];
  });
  return [...unnamed, ...named];
}

/** The first condition that is a bool decides; without one, the tags do. */
function isEnabled(dependency: Dependency, values: Table, path: string): boolean {
  for (const condition of dependency.condition.trim().split(',')) {
    const value = condition === '' ? undefined : valueAt(values, path + condition);
    if (typeof value === 'boolean') return value;
  }
  const tags = tableAt(values, 'tags');
  const switches = dependency.tags.map((tag) => tags?.get(tag)).filter((value) => typeof value === 'boolean');
  return switches.length === 0 || switches.includes(true);
}

function importValues(chart: Chart): Chart {
  const subcharts = chart.with({ dependencies: chart.dependencies.map(importValues) });
  const { dependencies } = chart.metadata;
  if (dependencies === undefined) return subcharts;
  const merged = mergeChartValues(subcharts, new Map());
  const imported = new Map<string, Value>();
  for (const dependency of dependencies) {
    for (const entry of dependency.importValues) {
      const wish = importWish(entry);
      const table = wish && tableAt(merged, `${dependency.name}.${wish.child}`);
      if (wish && table) coalesceTables(imported, placeAt(wish.parent, copyTable(table)), true);
    }
  }
  // What the parent says itself counts more than what it imports.
  return subcharts.with({
    values: coalesceTables(copyTable(merged), imported, true),
    metadata: { ...chart.metadata, dependencies: dependencies.map(withPlainImports) },
  });
}

/** Templates see both forms of `import-values` as child and parent. */
function withPlainImports(dependency: Dependency): Dependency {
  const wishes = dependency.importValues.map(importWish).filter((wish) => wish !== undefined);
  return {
    ...dependency,
    importValues: wishes.map(({ child, parent }) => stringMap(Object.entries({ child, parent }))),
  };
}

interface ImportWish {
  child: string;
  parent: string;
}

function importWish(entry: Value): ImportWish | undefined {
  if (typeof entry === 'string') return { child: `exports.${entry}`, parent: '.' };
  if (!isTable(entry)) return undefined;
  return { child: sprint([entry.get('child') ?? null]), parent: sprint([entry.get('parent') ?? null]) };
}

function placeAt(path: string, table: Table): Table {
  if (path === '.') return table;
  return path.split('.').reduceRight<Table>((inner, key) => new Map<string, Value>([[key, inner]]), table);
}
