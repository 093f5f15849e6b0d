import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TemplateError } from '../errors.js';
import { type Chart, ChartFile } from '../chart/chart.js';
import { IgnoreRules } from '../chart/ignore.js';
import { type LoadOptions, loadChart, loadChartArchive } from '../chart/load.js';

/** Charts from the file system: folders and archives. */

/** Helm's bounds. */
const MAX_CHART_SIZE = 100 * 1024 * 1024;
const MAX_FILE_SIZE = 5 * 1024 * 1024;

export const nodeLoadOptions: LoadOptions = {
  gunzip: (data, limit) => new Uint8Array(gunzipSync(data, { maxOutputLength: limit })),
};

/**
 * Loads a chart from a folder or a .tgz.
 * Throws TemplateError ChartInvalid; errors of the file system (no such file …) come through as they are.
 */
export function loadChartFrom(path: string): Chart {
  if (statSync(path).isDirectory()) return loadChart(readFolder(path), nodeLoadOptions);
  return loadChartArchive(new Uint8Array(readFileSync(path)), nodeLoadOptions);
}

/** The files of a chart's folder that `.helmignore` leaves. */
export function readFolder(path: string): ChartFile[] {
  const root = realpathSync(path);
  const walk: Walk = {
    root,
    rules: new IgnoreRules(readOptional(join(root, '.helmignore'))),
    files: [],
    size: 0,
  };
  readLevel(walk, root, '');
  return walk.files;
}

interface Walk {
  root: string;
  rules: IgnoreRules;
  files: ChartFile[];
  size: number;
}

function readOptional(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : '';
}

function readLevel(walk: Walk, folder: string, prefix: string): void {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    const name = prefix + entry;
    if (lstatSync(path).isSymbolicLink()) checkInside(walk.root, path, name);
    const stat = statSync(path);
    if (walk.rules.ignores(name, stat.isDirectory())) continue;
    if (stat.isDirectory()) {
      readLevel(walk, path, `${name}/`);
    } else {
      if (!stat.isFile())
        throw invalid(`cannot load irregular file ${name} as it has file mode type bits set`);
      addFile(walk, path, name, stat.size);
    }
  }
}

/** A link may point to another place of the chart, but not out of it and not to a folder around itself. */
function checkInside(root: string, path: string, name: string): void {
  const target = realpathSync(path);
  const inside = target.startsWith(root + sep);
  if (!inside || (path + sep).startsWith(target + sep))
    throw invalid(`${name} is a link that leads out of the chart`);
}

function addFile(walk: Walk, path: string, name: string, size: number): void {
  walk.size += size;
  if (size > MAX_FILE_SIZE)
    throw invalid(`chart file "${name}" is larger than the maximum file size ${MAX_FILE_SIZE}`);
  if (walk.size > MAX_CHART_SIZE) throw invalid(`the chart is larger than ${MAX_CHART_SIZE} bytes`);
  const data = new Uint8Array(readFileSync(path));
  const marked = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
  walk.files.push(new ChartFile(name, marked ? data.subarray(3) : data));
}

function invalid(message: string): TemplateError {
  return new TemplateError('ChartInvalid', message);
}
