/** Exit codes of the command; docs/cli.md lists them. */
import { CommanderError, InvalidArgumentError } from 'commander';
import { BerthError } from '../core/errors.js';

export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, unreachable: 5 } as const;

const UNREACHABLE = new Set(['ServiceUnreachable', 'NoService', 'WaitTimeout']);
const USAGE = new Set(['UsageError']);

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof BerthError)) return EXIT.failed;
  if (UNREACHABLE.has(error.code)) return EXIT.unreachable;
  if (USAGE.has(error.code)) return EXIT.usage;
  if (error.status === 404) return EXIT.notFound;
  if (error.status === 409 || error.status === 412) return EXIT.conflict;
  return error.status === 503 || error.status === 504 ? EXIT.unreachable : EXIT.failed;
}

/** The command was called in a way that cannot work: exit code 2. */
export function usageError(message: string, next: string): BerthError {
  return new BerthError('UsageError', message, { status: 400, next });
}

/** A value that an action could not read, as an error of our own: commander says only what it has read itself. */
export function asUsage(error: unknown): unknown {
  if (!(error instanceof InvalidArgumentError)) return error;
  return usageError(error.message, 'Repeat the command with --help: it shows examples.');
}
