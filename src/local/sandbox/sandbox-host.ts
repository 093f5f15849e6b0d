/**
 * A sandbox host: a Linux host made of namespaces (network, mount, UTS, IPC, PID) on this machine. It has its
 * own address, /etc, /var/lib, /run and process tree; runit supervises its services. Ending its first process
 * ends everything in it and takes its mounts away. See docs/adr/0005-sandbox-hosts.md.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BerthError } from '../../core/errors.js';
import { type RunOptions, type RunResult, run, tryRun } from '../../core/process.js';
import { ensureLink, removeLink } from '../network/bridge.js';
import type { NetworkPlan, NodeLink } from '../network/plan.js';
import { MANIFESTS } from '../paths.js';
import { waitUntil } from '../wait.js';
import { ensureHostCgroup, removeCgroup, servicesCgroups } from './cgroups.js';
import { type ProcessIdentity, isAlive, parseStat, starterOf } from '../process-identity.js';
import { nameServers } from './name-servers.js';
import { type SandboxService, clearServices, restartService, writeService } from './service.js';

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 30_000;

export interface SandboxHostOptions {
  name: string;
  /** Where everything of this host lies. */
  directory: string;
  plan: NetworkPlan;
  link: NodeLink;
  /** Directories that keep their place although they lie below /opt, /var/lib or /var/log. */
  visible: readonly string[];
  /** How much CPU it gets when all want some, beside the other hosts of the installation. */
  cpuWeight: number;
}

export class SandboxHost {
  readonly name: string;
  readonly directory: string;
  readonly address: string;
  /** Root of this host's cgroups, as the kubelet wants it. */
  readonly cgroup: string;

  constructor(private readonly options: SandboxHostOptions) {
    this.name = options.name;
    this.directory = options.directory;
    this.address = options.link.address;
    this.cgroup = `/${options.plan.bridge}/${options.name}`;
  }

  get servicesDir(): string {
    return join(this.directory, 'services');
  }

  get logsDir(): string {
    return join(this.directory, 'logs');
  }

  /** Where `path` of the host (below /etc, /opt, /var/lib or /var/log) lies on the machine. */
  file(path: string): string {
    return join(this.directory, 'rootfs', path);
  }

  /** Writes a file of the host, which need not run. */
  async writeFile(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.file(path)), { recursive: true });
    await writeFile(this.file(path), text);
  }

  /** Starts the host with these services; does nothing to a host that runs. */
  async start(services: readonly SandboxService[]): Promise<void> {
    if (await this.isRunning()) return;
    await ensureLink(this.options.plan, this.options.link);
    // A host that was killed leaves its pods' cgroups, and a kubelet waits three seconds for each of them.
    await removeCgroup(this.cgroup);
    await ensureHostCgroup(this.cgroup, this.options.cpuWeight);
    await this.writeNetworkFiles();
    await clearServices(this.servicesDir);
    await rm(this.pidFile, { force: true });
    for (const service of services) await writeService(this.servicesDir, this.logsDir, service);
    this.spawnInit();
    const started = (): Promise<boolean> => this.isRunning();
    const log = (): Promise<string> => readFile(this.initLog, 'utf8');
    await waitUntil(`sandbox host ${this.name} to start`, started, START_TIMEOUT_MS, 20, log);
  }

  /** Ends every process of the host, then removes its network and cgroups. Its files stay. */
  async stop(): Promise<void> {
    const init = await this.init();
    if (init && (await isAlive(init))) {
      // It waits outside of the host for the first process to end, and ends a moment after it.
      const starter = await starterOf(init.pid, 'unshare');
      process.kill(init.pid, 'SIGKILL');
      const hasEnded = async () => !(await isAlive(init)) && !(starter && (await isAlive(starter)));
      await waitUntil(`sandbox host ${this.name} to end`, hasEnded, STOP_TIMEOUT_MS, 20);
    }
    await rm(this.pidFile, { force: true });
    await removeLink(this.options.link);
    await removeCgroup(this.cgroup);
  }

  async isRunning(): Promise<boolean> {
    const init = await this.init();
    return init !== undefined && (await isAlive(init));
  }

  /** Runs a program inside; throws when it fails. */
  async run(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
    return run('nsenter', [...(await this.enter()), command, ...args], options);
  }

  /** Runs a program inside whatever its exit code. */
  async tryRun(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return tryRun('nsenter', [...(await this.enter()), command, ...args], options);
  }

  restartService(name: string): Promise<void> {
    return restartService(this.servicesDir, name);
  }

  private async enter(): Promise<string[]> {
    const init = await this.init();
    if (!init || !(await isAlive(init))) {
      throw new BerthError('SandboxNotRunning', `sandbox host ${this.name} does not run`, {
        next: 'Start it with `berth up`.',
      });
    }
    return [`--target=${init.pid}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--'];
  }

  private get initLog(): string {
    return join(this.logsDir, 'init.log');
  }

  private get pidFile(): string {
    return join(this.directory, 'init.pid');
  }

  private async init(): Promise<ProcessIdentity | undefined> {
    try {
      return parseStat(await readFile(this.pidFile, 'utf8'));
    } catch {
      return undefined;
    }
  }

  private async writeNetworkFiles(): Promise<void> {
    await mkdir(this.logsDir, { recursive: true });
    await this.writeFile('/etc/hosts', `127.0.0.1 localhost\n${this.address} ${this.name}\n`);
    // The machine's own file may be a link into /run, which the host does not have.
    await rm(this.file('/etc/resolv.conf'), { force: true });
    await this.writeFile('/etc/resolv.conf', await nameServers(this.options.plan.gateway));
  }

  private spawnInit(): void {
    const log = openSync(this.initLog, 'w');
    const enterNetwork = [`--net=/run/netns/${this.options.link.namespace}`];
    const unshare = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--propagation', 'slave'];
    const script = join(MANIFESTS, 'local', 'sandbox-init.sh');
    const args = [
      ...enterNetwork,
      ...unshare,
      'sh',
      script,
      this.directory,
      this.name,
      servicesCgroups(this.cgroup).join(' '),
      ...this.options.visible,
    ];
    spawn('nsenter', args, { detached: true, stdio: ['ignore', log, log], cwd: '/' }).unref();
    closeSync(log);
  }
}
