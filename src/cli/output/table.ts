/** Tables as kubectl prints them. */
import type { KubeObject } from '../../kube/types.js';
import type { PrinterColumn } from '../../model/kind.js';
import { valueAt } from './json-path.js';

const GAP = '   ';

/** Rows under a line of headings; columns as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd();
  return all.map((row) => `${line(row)}\n`).join('');
}

/** Objects by the printer columns of their kind; `wide` adds those of lower priority. */
export function objectTable(
  objects: readonly KubeObject[],
  columns: readonly PrinterColumn[],
  { wide, now }: { wide: boolean; now: number },
): string {
  const shown = columns.filter(({ priority = 0 }) => wide || priority === 0);
  const headings = ['NAME', ...shown.map(({ name }) => name.toUpperCase())];
  const rows = objects.map((object) => [
    object.metadata.name,
    ...shown.map(({ jsonPath, type }) => cell(valueAt(object, jsonPath), type, now)),
  ]);
  return table(headings, rows);
}

function cell(value: unknown, type: PrinterColumn['type'], now: number): string {
  if (typeof value === 'string') return type === 'date' && value !== '' ? age(value, now) : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const UNITS: readonly [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
];

/** Time since an instant in the largest whole unit that is at least two: `119m`, `3d`; seconds below two minutes. */
export function age(instant: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  const unit = UNITS.find(([, length]) => seconds >= 2 * length);
  return unit ? `${Math.floor(seconds / unit[1])}${unit[0]}` : `${seconds}s`;
}
