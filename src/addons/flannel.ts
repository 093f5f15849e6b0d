import { type Addon, type AddonInput, imageOf, manifests, withConfig, withWorkload } from './addon.js';

/** Connects pods of different nodes. Each node has the subnet that the controller-manager gave it (spec.podCIDR). */
export const flannel: Addon = {
  name: 'cni',
  workload: { kind: 'DaemonSet', name: 'kube-flannel-ds' },
  readsConfigOnce: true,
  isOn: ({ settings: { cni: { type = 'flannel' } = {} } }) => type === 'flannel',
  render: (input) => {
    const objects = withConfig(manifests('flannel.yaml'), { 'net-conf.json': netConf(input) });
    return withWorkload(objects, imageOf('flannel', input), ({ spec: { template } }) => {
      for (const container of template.spec.containers) container.env?.push(...mastersAddress(input));
    });
  },
};

/** flannel's Documentation/backends.md. */
function netConf({ network, settings }: AddonInput): string {
  const { backend = 'vxlan' } = settings.cni ?? {};
  const Backend = backend === 'vxlan' ? { Type: 'vxlan', DirectRouting: true } : { Type: backend };
  return `${JSON.stringify({ Network: network.podCIDR, Backend }, undefined, 2)}\n`;
}

/** Where client-go looks for the API server; the kubelet would name the Service `kubernetes`. */
function mastersAddress({ server }: AddonInput): { name: string; value: string }[] {
  const { hostname, port } = new URL(`https://${server}`);
  return [
    { name: 'KUBERNETES_SERVICE_HOST', value: hostname.replace(/^\[|\]$/g, '') },
    { name: 'KUBERNETES_SERVICE_PORT', value: port || '443' },
  ];
}
