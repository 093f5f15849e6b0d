/** kubeadm's configuration of the meta-cluster. */
import { stringify } from 'yaml';
import { COMPONENT_VERSIONS } from '../binaries/releases.js';
import type { NetworkPlan } from '../network/plan.js';
import { CONTAINERD_SOCKET } from '../node/container-runtime.js';
import { kubeletConfiguration } from '../node/kubelet.js';
import type { SandboxHost } from '../sandbox/sandbox-host.js';

const TEN_YEARS = '87600h';

/** Documents for `kubeadm init --config`: `version` is the meta-cluster's own, `patches` a directory. */
export function kubeadmConfig(
  host: SandboxHost,
  plan: NetworkPlan,
  version: string,
  patches: string,
): string {
  const documents = [
    initConfiguration(host, patches),
    clusterConfiguration(host, plan, version),
    kubeletConfiguration(host),
    KUBE_PROXY,
  ];
  return documents.map((document) => stringify(document)).join('---\n');
}

function initConfiguration(host: SandboxHost, patches: string): object {
  return {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'InitConfiguration',
    nodeRegistration: {
      name: host.name,
      criSocket: `unix://${CONTAINERD_SOCKET}`,
      // Hosted masters run on this very node.
      taints: [],
      kubeletExtraArgs: [{ name: 'node-ip', value: host.address }],
    },
    // Nothing joins this cluster with a token; kubeadm makes one all the same.
    bootstrapTokens: [{ ttl: '1m0s' }],
    localAPIEndpoint: { advertiseAddress: host.address, bindPort: 6443 },
    patches: { directory: patches },
  };
}

function clusterConfiguration(host: SandboxHost, plan: NetworkPlan, version: string): object {
  return {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    clusterName: 'berth-meta',
    kubernetesVersion: `v${version}`,
    controlPlaneEndpoint: `${host.address}:6443`,
    certificateValidityPeriod: TEN_YEARS,
    caCertificateValidityPeriod: TEN_YEARS,
    networking: { podSubnet: plan.podCIDR, serviceSubnet: plan.serviceCIDR },
    dns: { imageTag: `v${COMPONENT_VERSIONS.coredns}` },
    etcd: { local: { imageTag: `${COMPONENT_VERSIONS.etcd}-0`, dataDir: '/var/lib/etcd' } },
    controllerManager: {
      extraArgs: [
        ONE_OF_ITS_KIND,
        { name: 'node-cidr-mask-size', value: String(plan.podCIDRMaskSize) },
        // kubeadm mounts this directory, which by default lies in the machine's /usr.
        { name: 'flex-volume-plugin-dir', value: '/var/lib/kubelet/volume-plugins' },
      ],
    },
    scheduler: { extraArgs: [ONE_OF_ITS_KIND] },
  };
}

/**
 * There is one of each, which the kubelet sees to: with nobody to elect, a stall of the machine ends neither, and one that
 * starts again need not wait for the lease of the one before.
 */
const ONE_OF_ITS_KIND = { name: 'leader-elect', value: 'false' };

/** Zeroes leave the machine's connection tracking settings alone: they are not the sandbox's to change. */
const KUBE_PROXY = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  iptables: { minSyncPeriod: '100ms' },
  conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
};
