/** A machine of a user that is no node yet: a sandbox host with its own containerd, kubelet and kubeadm. */
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunResult } from '../../src/core/process.js';
import { allocatedNetwork } from '../../src/local/network/allocation.js';
import { networkPlan } from '../../src/local/network/plan.js';
import { freeNumber } from '../../src/local/user-nodes/allocation.js';
import { readRecords, type UserNodeRecord, writeRecord } from '../../src/local/user-nodes/record.js';
import { UserNode } from '../../src/local/user-nodes/user-node.js';
import type { Embedded } from './embedded.js';
import { kubernetesBinary } from './kube-binaries.js';

const COMMANDS = '/opt/machine/bin';
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class Machine {
  private constructor(
    private readonly node: UserNode,
    private readonly binaries: string,
  ) {}

  /** @param version of its kubelet and kubeadm. */
  static async start(meta: Embedded, name: string, version: string): Promise<Machine> {
    const index = await allocatedNetwork(meta.dir.root);
    if (index === undefined) throw new Error('the embedded meta-cluster has no network');
    const number = freeNumber((await readRecords(meta.dir)).map((other) => other.number));
    const record: UserNodeRecord = {
      name,
      cluster: 'none',
      clusterUid: 'none',
      podCIDR: '',
      number,
      version,
      joined: false,
    };
    const paths = await Promise.all(['kubelet', 'kubeadm'].map((one) => kubernetesBinary(one, version)));
    const binaries = ['kubelet', 'kubeadm'].map((command, at) => ({
      command,
      version,
      from: 'test',
      path: paths[at] ?? '',
    }));
    await writeRecord(meta.dir, record);
    const node = new UserNode(meta.dir, networkPlan(index), record, binaries);
    await node.start();
    return new Machine(node, dirname(paths[0] ?? ''));
  }

  get name(): string {
    return this.node.record.name;
  }

  /** Runs the join script as root; `lacking` leaves the machine without kubelet, kubeadm and containerd. */
  join(script: string, args: readonly string[] = [], { lacking = false } = {}): Promise<RunResult> {
    const path = lacking ? COMMANDS : `${COMMANDS}:${this.binaries}`;
    const patch = ['--kubelet-patch', '/etc/berth/kubelet.yaml'];
    const ignore = ['--ignore-preflight-errors', 'SystemVerification,Swap'];
    const options = ['--node-name', this.name, ...patch, ...ignore];
    return this.node.host.tryRun('sh', ['-s', '--', ...options, ...args], {
      input: script,
      env: { PATH: `${path}:${SYSTEM_PATH}` },
    });
  }

  run(command: string, ...args: string[]): Promise<string> {
    return this.node.host.run(command, args);
  }

  /** A command that the machine has before all others of its name. */
  async command(name: string, script: string): Promise<void> {
    const path = `${COMMANDS}/${name}`;
    await mkdir(dirname(this.node.host.file(path)), { recursive: true });
    await this.node.host.writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(this.node.host.file(path), 0o755);
  }

  remove(): Promise<void> {
    return this.node.remove();
  }
}
