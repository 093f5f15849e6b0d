import type { KubeObject } from '../kube/types.js';
import { dnsServiceAddress } from '../pki/sans.js';
import { type Addon, type AddonInput, configMap, imageOf, manifests, withWorkload } from './addon.js';

/** Answers for names of Services and pods. */
export const coreDNS: Addon = {
  name: 'coreDNS',
  workload: { kind: 'Deployment', name: 'coredns' },
  isOn: ({ settings }) => settings.coreDNS?.enabled !== false,
  render: (input) => {
    const { replicas, corefile } = input.settings.coreDNS ?? {};
    const objects = withWorkload(manifests('coredns.yaml'), imageOf('coreDNS', input), ({ spec }) => {
      spec.replicas = replicas ?? spec.replicas;
    });
    for (const service of objects.filter(({ kind }) => kind === 'Service')) setClusterIP(service, input);
    return [configMap('coredns', { Corefile: corefile ?? defaultCorefile(input) }), ...objects];
  },
};

function setClusterIP(service: KubeObject, { network }: AddonInput): void {
  service['spec'] = { ...(service['spec'] as object), clusterIP: dnsServiceAddress(network.serviceCIDR) };
}

/** kubeadm's. */
function defaultCorefile({ network: { clusterDomain } }: AddonInput): string {
  return `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success ${clusterDomain}
       disable denial ${clusterDomain}
    }
    loop
    reload
    loadbalance
}
`;
}
