/** How an error looks on a terminal: what happened, which fields, what to do. */
import { BerthError, messageOf } from '../core/errors.js';
import type { Colours } from './colours.js';
import type { Terminal } from './progress.js';

/** Writes the error for a person, or as one JSON object for a machine. Stack traces are for bugs only. */
export function reportError(error: unknown, err: Terminal, colours: Colours, json: boolean): void {
  if (json) {
    err.write(`${JSON.stringify(errorObject(error))}\n`);
    return;
  }
  if (!(error instanceof BerthError)) {
    err.write(
      `${colours.red('Error:')} ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
    );
    return;
  }
  err.write(`${colours.red('Error:')} ${error.message} ${colours.dim(`[${error.code}]`)}\n`);
  for (const { path, message } of error.fields ?? []) err.write(`  ${path}: ${message}\n`);
  if (error.next) err.write(`${colours.bold('Next:')} ${error.next}\n`);
}

function errorObject(error: unknown): object {
  if (!(error instanceof BerthError)) return { type: 'error', code: 'Bug', message: messageOf(error) };
  const { code, message, next, fields } = error;
  return { type: 'error', code, message, next, fields };
}
