import { toYaml } from '../core/yaml.js';
import { manifestsIn } from '../kube/manifests.js';
import type { KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import { dnsServiceAddress } from '../pki/sans.js';

/** What a hosted cluster tells machines that join it. */
export interface JoinInput {
  clusterName: string;
  /** Of the masters; a release without the leading v. */
  kubernetesVersion: string;
  /** What nodes dial: `host:port`. See docs/adr/0004-nodes-dial-an-address.md. */
  server: string;
  /** PEM of the cluster's authority. */
  authority: string;
  network: ClusterSpec['network'];
}

const manifests = manifestsIn('nodes');

/**
 * The objects that `kubeadm init` leaves for `kubeadm join` to find (cmd/kubeadm/app/phases), without the addons.
 * Pure.
 */
export function joinObjects(input: JoinInput): KubeObject[] {
  return [
    ...manifests('join-rbac.yaml'),
    ...nodeVersionPolicy(input),
    clusterInfo(input),
    kubeadmConfig(input),
    kubeletConfig(input),
  ];
}

/** Refuses nodes that are newer than the masters (kubernetes.io/releases/version-skew-policy). */
function nodeVersionPolicy({ kubernetesVersion }: JoinInput): KubeObject[] {
  const [policy, binding] = manifests('node-version.yaml') as [KubeObject & { spec: object }, KubeObject];
  const [, minor = ''] = kubernetesVersion.split('.');
  const refusal = `is newer than the masters (${kubernetesVersion}): install kubelet 1.${minor}`;
  const validation = {
    expression: `int(variables.kubelet.split('.')[1]) <= ${minor}`,
    messageExpression: `'kubelet ' + variables.kubelet + ' ${refusal}'`,
    reason: 'Forbidden',
  };
  return [{ ...policy, spec: { ...policy.spec, validations: [validation] } }, binding];
}

/**
 * Read twice by `kubeadm join`, which wants equal bytes. The controller-manager adds a signature for each token
 * beside the key `kubeconfig`.
 */
function clusterInfo({ authority, server }: JoinInput): KubeObject {
  const cluster = {
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
    server: `https://${server}`,
  };
  // kubeadm takes the cluster without a name.
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }] };
  return configMap('kube-public', 'cluster-info', { kubeconfig: toYaml(kubeconfig) });
}

/** `kubeadm join` goes by this version, not by what the API server says of itself. */
function kubeadmConfig({ clusterName, kubernetesVersion, network, server }: JoinInput): KubeObject {
  const configuration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    clusterName,
    controlPlaneEndpoint: server,
    kubernetesVersion: `v${kubernetesVersion}`,
    networking: {
      dnsDomain: network.clusterDomain,
      podSubnet: network.podCIDR,
      serviceSubnet: network.serviceCIDR,
    },
  };
  return configMap('kube-system', 'kubeadm-config', { ClusterConfiguration: toYaml(configuration) });
}

function kubeletConfig({ network }: JoinInput): KubeObject {
  const [configuration] = manifests('kubelet-configuration.yaml');
  const dns = { clusterDNS: [dnsServiceAddress(network.serviceCIDR)], clusterDomain: network.clusterDomain };
  return configMap('kube-system', 'kubelet-config', { kubelet: toYaml({ ...configuration, ...dns }) });
}

function configMap(namespace: string, name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}
