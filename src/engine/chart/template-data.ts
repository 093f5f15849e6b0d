import { compareStrings } from '../bytes.js';
import { basePath, cleanPath } from '../functions/paths.js';
import { type Value, int } from '../value.js';
import type { Capabilities } from './capabilities.js';
import type { Chart, ChartFile } from './chart.js';
import { ChartObject } from './chart-object.js';
import { Files } from './files.js';
import { type Table, isTable } from './values.js';
import { ValuesObject } from './values-object.js';

/** What templates see as `.Release`. */
export interface ReleaseOptions {
  name: string;
  namespace?: string;
  revision?: number;
  isUpgrade?: boolean;
}

/** A template file with what it is rendered with. */
export interface ChartTemplate {
  /** `chart/charts/sub/templates/service.yaml`. */
  name: string;
  file: ChartFile;
  /** Dot: shared by all templates of a chart, `Template` is set before each. */
  data: Table;
  basePath: string;
}

export function releaseObject(release: ReleaseOptions): Table {
  const isUpgrade = release.isUpgrade ?? false;
  return new Map<string, Value>([
    ['Name', release.name],
    ['Namespace', release.namespace ?? 'default'],
    ['IsUpgrade', isUpgrade],
    ['IsInstall', !isUpgrade],
    ['Revision', int(release.revision ?? 1)],
    ['Service', 'Helm'],
  ]);
}

interface Surroundings {
  release: Table;
  capabilities: Capabilities;
}

/**
 * The templates of a chart and its subcharts in the order in which Helm parses and executes them: the deepest
 * first, within one depth backwards. Of a library chart only partials count.
 */
export function collectTemplates(chart: Chart, values: Table, around: Surroundings): ChartTemplate[] {
  const templates = new Map<string, ChartTemplate>();
  collect(chart, values, { around, path: chart.name, isRoot: true, templates });
  return [...templates.values()].sort((a, b) => compareDepths(b.name, a.name));
}

interface Walk {
  around: Surroundings;
  path: string;
  isRoot: boolean;
  templates: Map<string, ChartTemplate>;
}

function collect(chart: Chart, values: Table, walk: Walk): Table {
  const subcharts = new Map<string, Value>();
  const data = new Map<string, Value>([
    ['Chart', new ChartObject(chart.metadata, walk.isRoot)],
    ['Files', new Files(chart.files)],
    ['Release', walk.around.release],
    ['Capabilities', walk.around.capabilities],
    ['Values', new ValuesObject(values)],
    ['Subcharts', subcharts],
  ]);
  for (const subchart of chart.dependencies) {
    const own = values.get(subchart.name);
    const table = isTable(own) ? own : new Map<string, Value>();
    const path = `${walk.path}/charts/${subchart.name}`;
    subcharts.set(subchart.name, collect(subchart, table, { ...walk, path, isRoot: false }));
  }
  const dot = new ValuesObject(data);
  for (const file of chart.templates) {
    if (chart.isLibrary && !basePath(file.name).startsWith('_')) continue;
    const name = cleanPath(`${walk.path}/${file.name}`);
    walk.templates.set(name, { name, file, data: dot, basePath: `${walk.path}/templates` });
  }
  return data;
}

function compareDepths(a: string, b: string): number {
  return depthOf(a) - depthOf(b) || compareStrings(a, b);
}

function depthOf(path: string): number {
  return path.split('/').length;
}
