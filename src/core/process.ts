/** Running other programs: arguments as a list (never a shell), output collected, failures as BerthError. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BerthError } from './errors.js';

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  input?: string | Buffer;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called for each line the program writes, as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit code; 128 + signal number is not used: a program ended by a signal has code null. */
  code: number | null;
  stdout: string;
  stderr: string;
}

const TAIL_LINES = 12;

/** Runs a program to its end whatever its exit code. Throws `CommandNotFound` when it cannot be started. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: options.timeoutMs,
    signal: options.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const { onLine } = options;
  if (onLine) [child.stdout, child.stderr].map((input) => createInterface({ input }).on('line', onLine));
  // A program that ends without reading its input closes the pipe; its exit code tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  child.on('error', (cause) => reject(startFailure(command, cause)));
  child.on('close', (code) =>
    resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
  );
  return promise;
}

/**
 * Runs a program and returns its standard output. Throws `CommandFailed` with the last lines it wrote when the
 * exit code is not 0, so arguments and output must not hold secrets.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-TAIL_LINES).join('\n');
  const end = result.code === null ? 'was ended by a signal' : `failed with exit code ${result.code}`;
  throw new BerthError('CommandFailed', `${[command, ...args].join(' ')} ${end}: ${said}`);
}

function startFailure(command: string, cause: Error): Error {
  if (cause.name === 'AbortError') return cause;
  return new BerthError('CommandNotFound', `${command} could not be started: ${cause.message}`, { cause });
}
