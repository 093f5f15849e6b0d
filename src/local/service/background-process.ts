/** A program of ours that goes on running on the machine after the command line has ended. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BerthError } from '../../core/errors.js';
import { MANIFESTS } from '../paths.js';
import { type ProcessIdentity, identify, isAlive } from '../process-identity.js';
import { waitUntil } from '../wait.js';

const STOP_TIMEOUT_MS = 30_000;
const MAX_LOG_BYTES = 20_000_000;

export interface BackgroundOptions {
  name: string;
  /** Gets `<name>.json` with the process's identity, and `<name>.log`. */
  directory: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/**
 * The program runs under a small supervisor that starts it again when it ends. Both are one process group, led
 * by the supervisor, so that they can be ended together even when the supervisor was killed.
 */
export class BackgroundProcess {
  constructor(private readonly options: BackgroundOptions) {}

  get logFile(): string {
    return join(this.options.directory, `${this.options.name}.log`);
  }

  async isRunning(): Promise<boolean> {
    const leader = await this.leader();
    return leader !== undefined && (await isAlive(leader));
  }

  /** Whether anything of it is left, also without its supervisor. */
  async isPresent(): Promise<boolean> {
    const group = await this.group();
    return group !== undefined && signalGroup(group, 0);
  }

  /** Starts it; when it runs already with the same command and environment, leaves it alone. */
  async ensure(): Promise<void> {
    if ((await this.isRunning()) && (await this.recorded()) === this.signature()) return;
    await this.stop();
    await mkdir(this.options.directory, { recursive: true });
    await this.rotateLog();
    const leader = await this.spawn();
    await writeFile(this.stateFile, JSON.stringify({ ...leader, signature: this.signature() }));
  }

  /** Asks it to end, and after half a minute ends it. */
  async stop(): Promise<void> {
    const group = await this.group();
    if (group !== undefined) await endGroup(group, this.options.name);
    await rm(this.stateFile, { force: true });
  }

  private get stateFile(): string {
    return join(this.options.directory, `${this.options.name}.json`);
  }

  private signature(): string {
    const { command, args, env = {} } = this.options;
    return JSON.stringify([command, args, env]);
  }

  private async spawn(): Promise<ProcessIdentity> {
    const { command, args, env } = this.options;
    const log = openSync(this.logFile, 'a');
    const supervisor = join(MANIFESTS, 'local', 'supervise.sh');
    const child = spawn('sh', [supervisor, command, ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      cwd: dirname(this.logFile),
    });
    closeSync(log);
    child.unref();
    const leader = child.pid === undefined ? undefined : await identify(child.pid);
    if (leader) return leader;
    throw new BerthError('CommandNotFound', `${command} could not be started`);
  }

  private async rotateLog(): Promise<void> {
    const size = (await stat(this.logFile).catch(() => undefined))?.size ?? 0;
    if (size > MAX_LOG_BYTES) await rename(this.logFile, `${this.logFile}.1`);
  }

  private async leader(): Promise<ProcessIdentity | undefined> {
    const state = await this.state();
    return state && { pid: state.pid, startTime: state.startTime };
  }

  /**
   * The number of the process group. A process id is not given again while a group of that number has members, so
   * the group is ours even when its leader is gone; with another process under that id the group has ended.
   */
  private async group(): Promise<number | undefined> {
    const leader = await this.leader();
    if (!leader) return undefined;
    const taken = (await identify(leader.pid)) !== undefined && !(await isAlive(leader));
    return taken ? undefined : leader.pid;
  }

  private async recorded(): Promise<string | undefined> {
    return (await this.state())?.signature;
  }

  private async state(): Promise<(ProcessIdentity & { signature: string }) | undefined> {
    const text = await readFile(this.stateFile, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity & { signature: string });
  }
}

async function endGroup(group: number, name: string): Promise<void> {
  const gone = (): Promise<boolean> => Promise.resolve(!signalGroup(group, 0));
  if (!signalGroup(group, 'SIGTERM')) return;
  try {
    await waitUntil(`${name} to end`, gone, STOP_TIMEOUT_MS, 50);
  } catch {
    signalGroup(group, 'SIGKILL');
    await waitUntil(`${name} to end`, gone, STOP_TIMEOUT_MS, 50);
  }
}

/** False when the group has no members. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
