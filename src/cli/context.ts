/** What every command works with: its output, its environment, the options all commands share. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { StepReporter } from '../core/progress.js';
import { coloursFor } from './colours.js';
import { type ProgressStyle, createReporter } from './progress.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CliContext {
  environment: Environment;
  out: NodeJS.WriteStream;
  err: NodeJS.WriteStream;
  /** Absolute path of the data directory: `--data-dir`, `$BERTH_DATA_DIR`, /var/lib/berth for root. */
  dataDir(command: Command): string;
  /** Absolute path of the cache that all data directories share. */
  cacheDir(): string;
  /** Tells about steps on standard error, so that standard output holds results only. */
  reporter(command: Command): StepReporter;
}

export function createContext(
  environment: Environment,
  out: NodeJS.WriteStream,
  err: NodeJS.WriteStream,
): CliContext {
  return {
    environment,
    out,
    err,
    dataDir: (command) => {
      const { dataDir } = command.optsWithGlobals<{ dataDir?: string }>();
      return resolve(dataDir ?? (environment['BERTH_DATA_DIR'] || defaultDataDir(environment)));
    },
    cacheDir: () => {
      const base = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
      return resolve(environment['BERTH_CACHE_DIR'] || join(base, 'berth'));
    },
    reporter: (command) => createReporter(progressStyle(command, err), err, coloursFor(err, environment)),
  };
}

/** A person who is not root keeps things at home; that is enough to use another cluster. */
function defaultDataDir(environment: Environment): string {
  if (process.getuid?.() === 0) return '/var/lib/berth';
  return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'berth');
}

/** `-o json` makes machine-readable steps; else a terminal gets the live list. */
function progressStyle(command: Command, err: NodeJS.WriteStream): ProgressStyle {
  const { output, quiet } = command.optsWithGlobals<{ output?: string; quiet?: boolean }>();
  if (quiet) return 'quiet';
  if (output === 'json') return 'json';
  return err.isTTY ? 'live' : 'plain';
}
