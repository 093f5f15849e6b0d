import { toYaml } from '../core/yaml.js';
import type { JoinGrant } from './join-token.js';

/** All that a machine must know to join. It holds a secret. */
export interface JoinAccess extends Pick<JoinGrant, 'labels' | 'taints'> {
  cluster: string;
  /** `host:port` that nodes dial. */
  server: string;
  /** `id.secret`. */
  token: string;
  /** Absent: never. */
  tokenExpiresAt?: string;
  /** `sha256:…` of the authority's key. */
  caCertHash: string;
  /** Of the masters: kubeadm and kubelet shall be of the same minor. */
  kubernetesVersion: string;
  /** Where kubelet and kubeadm come from: `https://pkgs.k8s.io` or a mirror of it. */
  packagesUrl: string;
}

/** kubeadm's JoinConfiguration as YAML. */
export function joinConfiguration({
  server,
  token,
  caCertHash,
  labels = {},
  taints = [],
}: JoinAccess): string {
  const nodeLabels = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const nodeRegistration = {
    ...(taints.length > 0 && { taints }),
    ...(nodeLabels.length > 0 && {
      kubeletExtraArgs: [{ name: 'node-labels', value: nodeLabels.join(',') }],
    }),
  };
  const configuration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'JoinConfiguration',
    discovery: { bootstrapToken: { apiServerEndpoint: server, token, caCertHashes: [caCertHash] } },
    ...(Object.keys(nodeRegistration).length > 0 && { nodeRegistration }),
  };
  return toYaml(configuration);
}
