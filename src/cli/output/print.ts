/** Results in the format asked for with -o. */
import { dump } from 'js-yaml';
import type { Command } from 'commander';
import type { KubeObject } from '../../kube/types.js';
import type { PrinterColumn } from '../../model/kind.js';
import type { CliContext } from '../context.js';
import { objectTable } from './table.js';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export function outputFormat(command: Command): OutputFormat {
  return command.optsWithGlobals<{ output: OutputFormat }>().output;
}

/** How objects of one kind are shown. */
export interface Printed {
  /** Word in `name` output: `cluster/demo`. */
  singular: string;
  columns: readonly PrinterColumn[];
}

/** Prints objects, a list as a list. `value` is what json and yaml show. */
export function printObjects(
  context: CliContext,
  command: Command,
  printed: Printed,
  { objects, value }: { objects: readonly KubeObject[]; value: unknown },
): void {
  context.out.write(rendered(outputFormat(command), printed, objects, value));
}

function rendered(
  format: OutputFormat,
  { singular, columns }: Printed,
  objects: readonly KubeObject[],
  value: unknown,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`;
    case 'yaml':
      return dump(value, { lineWidth: 120, noRefs: true });
    case 'name':
      return objects.map(({ metadata }) => `${singular}/${metadata.name}\n`).join('');
    case 'table':
    case 'wide':
      if (objects.length === 0) return `No ${singular}s.\n`;
      return objectTable(objects, columns, { wide: format === 'wide', now: Date.now() });
  }
}
