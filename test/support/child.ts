import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';

const TAIL = 4_000;
// Ends the child when the test process is killed, so that no test leaves a server behind.
const WITH_PARENT = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];

/** A server process of a test. */
export class Child {
  /** Its exit code, when it ends; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  readonly #wrote = new EventEmitter();
  #output = '';

  /**
   * @param interactive keeps its standard input open, for `type`.
   * @param env beside the environment of this process.
   */
  constructor(
    command: string,
    args: readonly string[],
    { interactive = false, env = {} }: { interactive?: boolean; env?: Record<string, string> } = {},
  ) {
    const [first = command, ...rest] = [...WITH_PARENT, command, ...args];
    const input = interactive ? 'pipe' : 'ignore';
    this.#process = spawn(first, rest, {
      stdio: [input, 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.exited = once(this.#process, 'exit').then(([code]) => code as number | null);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-TAIL);
        this.#wrote.emit('output');
      });
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has written `text`. */
  async wrote(text: string): Promise<void> {
    while (!this.#output.includes(text)) await once(this.#wrote, 'output');
  }

  /** Writes to the standard input of an interactive one. */
  type(text: string): void {
    this.#process.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.ended) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
