import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const START_MS = 60_000;
const POLL_MS = 50;

/** Makes sure that dist/ is what the sources say. */
export async function buildService(): Promise<void> {
  await promisify(execFile)(join(ROOT, 'berth'), ['--version']);
}

const MAIN = join(ROOT, 'dist', 'main.js');
/** Applications alone: clusters stay as a test has put them there. */
export const APPS_SERVICE = join(import.meta.dirname, 'apps-service.mjs');

/** `node dist/main.js`, or another program, as an operator would start it. */
export class ServiceProcess {
  readonly #child;
  readonly exited: Promise<number | null>;
  #output = '';

  constructor(
    readonly url: string,
    variables: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    program = MAIN,
  ) {
    this.#child = spawn(NODE, [program, ...args], {
      env: { ...variables, BERTH_LISTEN: new URL(url).host },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    this.exited = once(this.#child, 'exit').then(([code]) => code as number | null);
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async untilReady(): Promise<void> {
    await this.until(async () => (await fetch(new URL('/readyz', this.url))).ok, 'it is ready');
  }

  async until(holds: () => Promise<boolean>, what: string, timeoutMs = START_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await holds().catch(() => false))) {
      if (this.#child.exitCode !== null) throw new Error(`the service ended: ${this.#output}`);
      if (Date.now() > deadline) throw new Error(`waited for ${what}: ${this.#output.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Asks it to stop and answers its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null) this.#child.kill(signal);
    return this.exited;
  }
}
