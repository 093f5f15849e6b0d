/** A machine of a user: a sandbox host with a containerd and a kubelet of its own that joins a hosted cluster. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { BerthError } from '../../core/errors.js';
import type { Binary } from '../binaries/provider.js';
import { PAUSE_IMAGE } from '../images/catalog.js';
import { registryUrl } from '../network/plan.js';
import { acquireLock } from '../lock.js';
import { addRoute } from '../network/bridge.js';
import { type NetworkPlan, type NodeLink, nodeLink } from '../network/plan.js';
import { CONTAINERD_SERVICE, awaitContainerd, configureContainerRuntime } from '../node/container-runtime.js';
import { kubeletPatch, kubeletService } from '../node/kubelet.js';
import type { DataDir } from '../paths.js';
import { SandboxHost } from '../sandbox/sandbox-host.js';
import { type UserNodeRecord, readRecord, removeRecord, writeRecord } from './record.js';

const KUBELET_PATCH = '/etc/berth/kubelet.yaml';
/** What kubeadm asks of a machine that a sandbox host has not: an init system it knows, a kernel configuration. */
const IGNORED_PREFLIGHT_ERRORS = 'SystemVerification,Swap';

export const USER_NODE_COMMANDS = ['kubelet', 'kubeadm'];

export class UserNode {
  readonly host: SandboxHost;

  /** @param binaries its kubelet and kubeadm; only a node that is started needs them. */
  constructor(
    private readonly dir: DataDir,
    private readonly plan: NetworkPlan,
    readonly record: UserNodeRecord,
    private readonly binaries: readonly Binary[] = [],
  ) {
    this.host = new SandboxHost({
      name: record.name,
      directory: dir.node(record.name),
      plan,
      link: this.link,
      visible: [...new Set([dir.root, ...this.binaryDirs])],
      cpuWeight: 1,
    });
  }

  /** Starts containerd and, once it has joined, the kubelet. Does nothing to a node that was removed meanwhile. */
  async start(): Promise<void> {
    await using _lock = await this.lock('starting it');
    if (!(await readRecord(this.dir, this.record.name))) return;
    await configureContainerRuntime(this.host, PAUSE_IMAGE, registryUrl(this.plan));
    await this.host.writeFile(KUBELET_PATCH, stringify(kubeletPatch(this.host)));
    const kubelet = this.binaries.find(({ command }) => command === 'kubelet')?.path ?? 'kubelet';
    await this.host.start([CONTAINERD_SERVICE, kubeletService(kubelet)]);
    await addRoute(this.link, this.plan.podCIDR, this.plan.metaAddress);
    await awaitContainerd(this.host);
  }

  /**
   * Runs the join script, text with a token in it, as on any machine. `onLine` is told what it says.
   * Throws NodeNotJoined with the hop that failed.
   */
  async join(script: string, onLine: (line: string) => void): Promise<void> {
    const { name } = this.record;
    const options = ['--node-name', name, '--kubelet-patch', KUBELET_PATCH];
    const ignore = ['--ignore-preflight-errors', IGNORED_PREFLIGHT_ERRORS];
    const env = { PATH: [...this.binaryDirs, process.env['PATH']].join(':') };
    const result = await this.host.tryRun('sh', ['-s', '--', ...options, ...ignore], {
      input: script,
      env,
      onLine,
    });
    if (result.code !== 0) throw notJoined(name, result.stderr);
    await writeRecord(this.dir, { ...this.record, joined: true });
  }

  async stop(): Promise<void> {
    await using _lock = await this.lock('stopping it');
    await this.host.stop();
  }

  /** Ends the host and removes all it had. */
  async remove(): Promise<void> {
    await using _lock = await this.lock('removing it');
    await this.host.stop();
    await rm(this.host.directory, { recursive: true, force: true });
    // Last: as long as there is a record, a removal that was cut off is done again.
    await removeRecord(this.dir, this.record.name);
  }

  private get link(): NodeLink {
    return nodeLink(this.plan, this.record.name, this.record.number);
  }

  private get binaryDirs(): string[] {
    return [...new Set(this.binaries.map(({ path }) => dirname(path)))];
  }

  private lock(what: string): Promise<AsyncDisposable> {
    return acquireLock(`host ${this.host.directory}`, what);
  }
}

/** The script's last line names the hop: `join: HOP: why. what to do`. */
function notJoined(name: string, stderr: string): BerthError {
  const why =
    stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^join: /, '') ?? '';
  return new BerthError('NodeNotJoined', `${name} did not join: ${why}`, {
    next: 'Mend what it says, then add the node again.',
  });
}
