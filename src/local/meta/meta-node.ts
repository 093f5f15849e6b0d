/** The meta-cluster's one node: a sandbox host on which kubeadm makes real static-pod masters. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { tryRun } from '../../core/process.js';
import type { NetworkPlan } from '../network/plan.js';
import {
  CONTAINERD_SERVICE,
  awaitContainerd,
  configureContainerRuntime,
  configurePodNetwork,
} from '../node/container-runtime.js';
import { kubeletService } from '../node/kubelet.js';
import { MANIFESTS } from '../paths.js';
import type { SandboxHost } from '../sandbox/sandbox-host.js';
import { waitUntil } from '../wait.js';
import { kubeadmConfig } from './kubeadm-config.js';

const API_TIMEOUT_MS = 180_000;
/** The last thing `kubeadm init` does is the addons; this file says it got there. */
const DONE_MARK = 'kubeadm-done';

export interface MetaBinaries {
  kubeadm: string;
  kubelet: string;
  kubectl: string;
}

export class MetaNode {
  constructor(
    readonly host: SandboxHost,
    private readonly plan: NetworkPlan,
    private readonly version: string,
    readonly binaries: MetaBinaries,
  ) {}

  /** Starts containerd and, as soon as kubeadm has set it up, the kubelet. */
  async start(pauseImage: string): Promise<void> {
    const [base = ''] = this.plan.podCIDR.split('/');
    await configureContainerRuntime(this.host, pauseImage);
    await configurePodNetwork(this.host, `${base}/${this.plan.podCIDRMaskSize}`);
    await this.host.start([CONTAINERD_SERVICE, kubeletService(this.binaries.kubelet)]);
    await awaitContainerd(this.host);
  }

  /** Runs kubeadm where it has not come to its end yet, then waits until the API answers. */
  async ensureControlPlane(kubeconfig: string, onPhase: (phase: string) => void): Promise<void> {
    const mark = join(this.host.directory, DONE_MARK);
    if (!existsSync(mark)) {
      await this.init(onPhase);
      await writeFile(mark, '');
    }
    await copyFile(this.host.file('/etc/kubernetes/admin.conf'), kubeconfig);
    await chmod(kubeconfig, 0o600);
    const ready = (): Promise<boolean> => this.apiReady(kubeconfig);
    await waitUntil("the meta-cluster's API server", ready, API_TIMEOUT_MS);
  }

  private async init(onPhase: (phase: string) => void): Promise<void> {
    const patches = join(MANIFESTS, 'local', 'kubeadm-patches');
    const config = kubeadmConfig(this.host, this.plan, this.version, patches);
    const path = this.host.file('/etc/kubernetes/kubeadm.yaml');
    await mkdir(this.host.file('/etc/kubernetes'), { recursive: true });
    await writeFile(path, config);
    // Its preflight asks for systemd and for ports of the machine; ours has looked already.
    const args = [
      'init',
      '--config=/etc/kubernetes/kubeadm.yaml',
      '--skip-phases=preflight,show-join-command',
    ];
    // Only the phase is told: lines may hold a token.
    const onLine = (line: string): void => onPhase(/^\[([\w-]+)\]/.exec(line)?.[1] ?? '');
    await this.host.run(this.binaries.kubeadm, args, { onLine });
  }

  private async apiReady(kubeconfig: string): Promise<boolean> {
    const args = ['--kubeconfig', kubeconfig, '--request-timeout=3s', 'get', '--raw', '/readyz'];
    return (await tryRun(this.binaries.kubectl, args)).code === 0;
  }
}
