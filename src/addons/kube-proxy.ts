import { mergePatch } from '../core/merge-patch.js';
import { toYaml } from '../core/yaml.js';
import type { KubeObject } from '../kube/types.js';
import {
  type Addon,
  type AddonInput,
  configMap,
  imageOf,
  manifests,
  serviceAccountKubeconfig,
  withWorkload,
} from './addon.js';

/** Makes Services reachable on every node. */
export const kubeProxy: Addon = {
  name: 'kubeProxy',
  workload: { kind: 'DaemonSet', name: 'kube-proxy' },
  isOn: ({ settings }) => settings.kubeProxy?.enabled !== false,
  render: (input) => [
    configuration(input),
    ...withWorkload(manifests('kube-proxy.yaml'), imageOf('kubeProxy', input)),
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
