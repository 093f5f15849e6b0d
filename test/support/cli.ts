/** The `berth` command as a person's shell would run it: a process of its own for each call. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestApi } from './berth-api.js';
import { buildService } from './service-process.js';

const ROOT = join(import.meta.dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

export class TestCli {
  private constructor(readonly directory: string) {}

  /** With a data directory as `berth up` would have left it. */
  static async of(api: TestApi): Promise<TestCli> {
    await buildService();
    const directory = await mkdtemp(join(tmpdir(), 'berth-cli-'));
    const client = { server: api.url, tokenFile: api.tokenFile };
    await writeFile(join(directory, 'client.json'), JSON.stringify(client));
    return new TestCli(directory);
  }

  run(...args: string[]): Promise<Outcome> {
    return this.#start(NODE, [MAIN, ...args]);
  }

  /** As `run`, in a terminal; `out` has what it shows, standard error included. */
  runInTerminal(...args: string[]): Promise<Outcome> {
    const command = [NODE, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    return this.#start('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  #start(program: string, args: string[]): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const env = {
      PATH: process.env['PATH'],
      BERTH_DATA_DIR: this.directory,
      HOME: this.directory,
      TERM: 'xterm',
    };
    const child = execFile(program, args, { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
    child.stdin?.end();
    return promise;
  }
}
