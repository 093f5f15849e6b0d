import { mergePatch } from '../core/merge-patch.js';
import { toYaml } from '../core/yaml.js';
import type { KubeObject } from '../kube/types.js';
import {
  type Addon,
  type AddonInput,
  configMap,
  manifests,
  serviceAccountKubeconfig,
  withWorkload,
} from './addon.js';

/** Makes Services reachable on every node. Of the masters' version: it may be up to three minors off a kubelet. */
export const kubeProxy: Addon = {
  name: 'kubeProxy',
  workload: { kind: 'DaemonSet', name: 'kube-proxy' },
  image: ({ kubernetesVersion }) => `registry.k8s.io/kube-proxy:v${kubernetesVersion}`,
  render: (input) => [
    configuration(input),
    ...withWorkload(manifests('kube-proxy.yaml'), input.settings.kubeProxy?.image ?? kubeProxy.image(input)),
  ],
};

function configuration({ network, server, settings }: AddonInput): KubeObject {
  const own = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' },
    clusterCIDR: network.podCIDR,
    // Kernels size it by the machine's memory, and where a node is a container it cannot be set.
    conntrack: { maxPerCore: 0 },
  };
  return configMap('kube-proxy', {
    'config.conf': toYaml(mergePatch(own, settings.kubeProxy?.config ?? {})),
    'kubeconfig.conf': toYaml(serviceAccountKubeconfig(server)),
  });
}
