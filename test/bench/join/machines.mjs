/** Machines that are about to join: sandbox hosts with a running containerd and no images, as `berth node add` makes. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { BinaryProvider } from '../../../dist/local/binaries/provider.js';
import { allocatedNetwork } from '../../../dist/local/network/allocation.js';
import { networkPlan } from '../../../dist/local/network/plan.js';
import { kubeletPatch } from '../../../dist/local/node/kubelet.js';
import { dataDir } from '../../../dist/local/paths.js';
import { freeNumber } from '../../../dist/local/user-nodes/allocation.js';
import { readRecords, writeRecord } from '../../../dist/local/user-nodes/record.js';
import { UserNode } from '../../../dist/local/user-nodes/user-node.js';

const PATCHES = '/etc/berth/patches';
/** What people tell kubeadm of a machine without systemd and its cgroup v2; kubeadm adds them to its own. */
const IGNORED = 'SystemVerification,Swap';

export class Machines {
  static async of(root, version) {
    const provider = new BinaryProvider({
      cacheDir: join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries'),
      path: process.env['PATH'] ?? '',
    });
    const binaries = await provider.resolve(['kubelet', 'kubeadm'].map((command) => ({ command, version })));
    return new Machines(dataDir(root), networkPlan(await allocatedNetwork(root)), binaries, version);
  }

  constructor(dir, plan, binaries, version) {
    Object.assign(this, { dir, plan, binaries, version });
  }

  async start(name) {
    const number = freeNumber((await readRecords(this.dir)).map((other) => other.number));
    const { version } = this;
    const record = { name, cluster: 'none', clusterUid: 'none', podCIDR: '', number, version, joined: false };
    await writeRecord(this.dir, record);
    const node = new UserNode(this.dir, this.plan, record, this.binaries);
    await node.start();
    const { host } = node;
    const patch = { ...kubeletPatch(host), cgroupDriver: 'cgroupfs', failCgroupV1: false, failSwapOn: false };
    await host.writeFile(`${PATCHES}/kubeletconfiguration+strategic.yaml`, stringify(patch));
    return node;
  }

  /** Runs the join script, text with a token in it. */
  async joinByScript({ host }, script) {
    const options = ['--node-name', host.name, '--kubelet-patch', '/etc/berth/kubelet.yaml'];
    const args = ['-s', '--', ...options, '--ignore-preflight-errors', IGNORED];
    await host.run('sh', args, { input: script, env: this.#env });
  }

  /** `command` is the line that the API gives: `kubeadm join …`. */
  async joinByHand({ host }, command) {
    const [kubeadm, ...args] = command.split(' ');
    const own = ['--node-name', host.name, '--patches', PATCHES, '--ignore-preflight-errors', IGNORED];
    await host.run('env', [`PATH=${this.#env.PATH}`, kubeadm, ...args, ...own]);
  }

  get #env() {
    const own = new Set(this.binaries.map(({ path }) => dirname(path)));
    return { PATH: [...own, process.env['PATH']].join(':') };
  }

  /** Its first process, as the machine numbers it. */
  initOf({ host }) {
    return Number(readFileSync(join(host.directory, 'init.pid'), 'utf8').split(' ', 1)[0]);
  }
}
