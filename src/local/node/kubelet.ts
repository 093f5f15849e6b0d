/** The kubelet of one sandbox host, set up by kubeadm and started by us: kubeadm itself needs systemd for that. */
import type { SandboxHost } from '../sandbox/sandbox-host.js';
import { quote } from '../../core/shell.js';
import type { SandboxService } from '../sandbox/service.js';
import { CONTAINERD_SOCKET } from './container-runtime.js';

const CONFIG = '/var/lib/kubelet/config.yaml';
const KUBEADM_FLAGS = '/var/lib/kubelet/kubeadm-flags.env';

/** Waits for what kubeadm writes, then runs `kubelet` (a path) with it. */
export function kubeletService(kubelet: string): SandboxService {
  const flags = [
    `--config=${CONFIG}`,
    '--kubeconfig=/etc/kubernetes/kubelet.conf',
    '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf',
  ];
  return {
    name: 'kubelet',
    script: [
      `until [ -s ${CONFIG} ] && [ -s ${KUBEADM_FLAGS} ] && [ -S ${CONTAINERD_SOCKET} ]; do sleep 0.1; done`,
      `. ${KUBEADM_FLAGS}`,
      `exec ${quote(kubelet)} ${flags.join(' ')} $KUBELET_KUBEADM_ARGS`,
    ],
  };
}

/** KubeletConfiguration of the meta-cluster's node. */
export function kubeletConfiguration(host: SandboxHost): object {
  return {
    ...kubeletPatch(host),
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    maxPods: 1000,
    // One machine, one ingress: what crashed comes back in seconds, not after minutes of back-off.
    crashLoopBackOff: { maxContainerRestartPeriod: '3s' },
  };
}

/**
 * What the kubelet of every sandbox host needs: images come without a registry, so none is ever collected; nothing
 * is written outside of the host's own directories. Also a patch for `kubeadm join`.
 */
export function kubeletPatch(host: SandboxHost): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupRoot: host.cgroup,
    resolvConf: '/etc/resolv.conf',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '2%', 'imagefs.available': '2%' },
    containerLogMaxSize: '10Mi',
    containerLogMaxFiles: 2,
  };
}
