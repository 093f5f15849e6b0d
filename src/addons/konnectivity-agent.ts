import { konnectivityImage } from '../control-plane/konnectivity/konnectivity.js';
import { toYaml } from '../core/yaml.js';
import {
  type Addon,
  type AddonInput,
  configMap,
  manifests,
  serviceAccountKubeconfig,
  withWorkload,
} from './addon.js';
import { mirrored } from './releases.js';

/** The node side of the tunnel, and the rights of both sides; see ../control-plane/konnectivity. */
export const konnectivityAgent: Addon = {
  name: 'konnectivityAgent',
  workload: { kind: 'DaemonSet', name: 'konnectivity-agent' },
  isOn: ({ konnectivity }) => konnectivity !== undefined,
  render: (input) => [
    configMap('konnectivity-agent', { 'kubeconfig.conf': toYaml(serviceAccountKubeconfig(input.server)) }),
    ...withWorkload(manifests('konnectivity-agent.yaml'), agentImage(input), ({ spec }) => {
      for (const container of spec.template.spec.containers) {
        container.args = [...(container.args ?? []), ...serverFlags(input.konnectivity?.server ?? '')];
      }
    }),
  ],
};

function agentImage({ konnectivity, settings }: AddonInput): string {
  return konnectivity?.image ?? mirrored(konnectivityImage('proxy-agent'), settings.imageRegistry);
}

/** @param server `host:port` */
function serverFlags(server: string): string[] {
  const { hostname, port } = new URL(`https://${server}`);
  return [`--proxy-server-host=${hostname.replace(/^\[|\]$/g, '')}`, `--proxy-server-port=${port || '443'}`];
}
