import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type RunResult, tryRun } from '../../src/core/process.js';
import { type DataDir, dataDir } from '../../src/local/paths.js';
import type { LocalStatus } from '../../src/local/status.js';
import { waitUntil } from '../../src/local/wait.js';
import { kubernetesBinary } from './kube-binaries.js';
import { Kubectl } from './kubectl.js';

const BERTH = join(import.meta.dirname, '..', '..', 'berth');

/** An embedded meta-cluster of a test's own, in a temporary directory. */
export class TestInstallation {
  private constructor(
    readonly dir: DataDir,
    readonly kubectl: Kubectl,
    private readonly scratch: string,
  ) {}

  static async create(): Promise<TestInstallation> {
    const scratch = await mkdtemp(join(tmpdir(), 'berth-local-'));
    const dir = dataDir(join(scratch, 'data'));
    const command = await kubernetesBinary('kubectl');
    const kubectl = new Kubectl({ command, kubeconfig: dir.kubeconfig, cacheDir: join(scratch, 'kubectl') });
    return new TestInstallation(dir, kubectl, scratch);
  }

  /** Removes everything, whatever state it is in. */
  async remove(): Promise<void> {
    await this.berth('down', '--purge');
    await rm(this.scratch, { recursive: true, force: true });
  }

  berth(...args: string[]): Promise<string> {
    return run(BERTH, ['--data-dir', this.dir.root, ...args]);
  }

  tryBerth(...args: string[]): Promise<RunResult> {
    return tryRun(BERTH, ['--data-dir', this.dir.root, ...args]);
  }

  async status(): Promise<LocalStatus> {
    return JSON.parse((await this.tryBerth('status', '-o', 'json')).stdout) as LocalStatus;
  }

  /** Nothing tells when a machine has mended itself: it is asked again and again. */
  healthy(timeoutMs = 120_000): Promise<void> {
    const check = async (): Promise<boolean> => (await this.status()).healthy;
    const explain = async (): Promise<string> => JSON.stringify((await this.status()).parts);
    return waitUntil('every part to be healthy', check, timeoutMs, 250, explain);
  }

  /** Id of the host's first process, as the machine numbers it. */
  async init(): Promise<number> {
    return Number((await readFile(join(this.dir.node('meta'), 'init.pid'), 'utf8')).split(' ', 1)[0]);
  }

  /**
   * Sends SIGKILL to a process inside of the host, and waits until there is another one whose command line matches
   * `successor`: what was killed may not be missed at once, and who mends it mends more than that.
   */
  async kill(pattern: string, successor = pattern): Promise<void> {
    const killed = await this.#find(pattern);
    const before = await this.#find(successor);
    await this.#inside('kill', '-9', killed);
    const isThere = async (): Promise<boolean> => {
      const now = await this.#find(successor);
      return now !== '' && now !== before;
    };
    await waitUntil(`another process that matches ${successor}`, isThere, 60_000);
  }

  /** Id of the first process inside of the host whose command line matches, as the host numbers it, or nothing. */
  async #find(pattern: string): Promise<string> {
    const script = `for p in /proc/[0-9]*; do
      if [ "$p" != "/proc/$$" ] && tr '\\0' ' ' <"$p/cmdline" | grep -Eq "$1"; then echo "\${p#/proc/}"; exit; fi
    done 2>/dev/null`;
    return (await this.#inside('sh', '-c', script, 'sh', pattern)).trim();
  }

  async #inside(...command: string[]): Promise<string> {
    return run('nsenter', ['--target', String(await this.init()), '--mount', '--pid', '--', ...command]);
  }

  /** Process id of a background process's supervisor. */
  async supervisor(name: string): Promise<number> {
    const state: unknown = JSON.parse(await readFile(join(this.dir.service, `${name}.json`), 'utf8'));
    return (state as { pid: number }).pid;
  }
}
