import { type Addon, configMap, manifests, serviceAccountKubeconfig, withWorkload } from './addon.js';
import { toYaml } from '../core/yaml.js';

/** The node side of the tunnel, and the rights of both sides; see ../control-plane/konnectivity. */
export const konnectivityAgent: Addon = {
  name: 'konnectivityAgent',
  workload: { kind: 'DaemonSet', name: 'konnectivity-agent' },
  isOn: ({ konnectivity }) => konnectivity !== undefined,
  render: (input) => [
    configMap('konnectivity-agent', { 'kubeconfig.conf': toYaml(serviceAccountKubeconfig(input.server)) }),
    ...withWorkload(manifests('konnectivity-agent.yaml'), input.konnectivity?.image ?? '', ({ spec }) => {
      for (const container of spec.template.spec.containers) {
        container.args = [...(container.args ?? []), ...serverFlags(input.konnectivity?.server ?? '')];
      }
    }),
  ],
};

/** @param server `host:port` */
function serverFlags(server: string): string[] {
  const { hostname, port } = new URL(`https://${server}`);
  return [`--proxy-server-host=${hostname.replace(/^\[|\]$/g, '')}`, `--proxy-server-port=${port || '443'}`];
}
