import { dump } from 'js-yaml';
import type { Command } from 'commander';
import { coloursFor } from '../colours.js';
import type { CliContext } from '../context.js';
import { outputFormat } from './print.js';

/** How a value that is no Kubernetes object is shown. */
export interface Shown {
  table: () => string;
  /** One a line: `config/shop.v3`. */
  names: readonly string[];
}

export function printValue(context: CliContext, command: Command, value: unknown, shown: Shown): void {
  switch (outputFormat(command)) {
    case 'json':
      return void context.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
    case 'yaml':
      return void context.out.write(dump(value, { lineWidth: 120, noRefs: true }));
    case 'name':
      return void context.out.write(shown.names.map((name) => `${name}\n`).join(''));
    case 'table':
    case 'wide':
      return void context.out.write(shown.table());
  }
}

/** A unified diff, in colour on a terminal. */
export function colouredDiff(context: CliContext, text: string): string {
  const colours = coloursFor(context.out, context.environment);
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return colours.bold(line);
      if (line.startsWith('@@')) return colours.cyan(line);
      if (line.startsWith('+')) return colours.green(line);
      return line.startsWith('-') ? colours.red(line) : line;
    })
    .join('\n');
}
