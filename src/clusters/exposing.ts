import { exposureStrategy } from '../exposure/strategies.js';
import type { ExposureInput, ExposureStrategy } from '../exposure/strategy.js';
import { API_SERVER_PORT, API_SERVER_SERVICE, KONNECTIVITY_PORT } from '../pki/certificates.js';
import type { KubeObject } from '../kube/types.js';
import { annotations } from '../model/names.js';
import type { ClusterScope } from './scope.js';

/** What exposure strategies work from. A host once allocated stays. */
export function exposureInput({ cluster, status, services }: ClusterScope): ExposureInput {
  const { exposure: config } = services.installation;
  const type = status.exposureType ?? cluster.spec.exposure.type ?? config.defaultType;
  const host = status.endpoint?.host ?? cluster.spec.exposure.host;
  return {
    cluster: {
      name: cluster.metadata.name,
      namespace: cluster.metadata.namespace ?? '',
      spec: { ...cluster.spec, exposure: { ...cluster.spec.exposure, type, host } },
    },
    config: { ...config, nodeAddresses: config.nodeAddresses ?? services.world.nodeAddresses() },
  };
}

/** How this cluster is reached: what it was created with, else what it asks for, else the installation's default. */
export function strategyOf({ cluster, config }: ExposureInput): ExposureStrategy {
  return exposureStrategy(cluster.spec.exposure.type ?? config.defaultType);
}

/**
 * The object with the node ports its cluster was given: a Service that is made again would get others, but
 * kubeconfigs and the cluster's nodes hold on to the first ones. An imported cluster asks for those it had.
 */
export function withAllocatedPort<T extends KubeObject>(object: T, scope: ClusterScope): T {
  const { internalPort, agentPort } = scope.status.endpoint ?? importedPorts(scope);
  const allocated = new Map([
    [API_SERVER_PORT, internalPort],
    [KONNECTIVITY_PORT, agentPort],
  ]);
  const spec = object['spec'] as { type?: string; ports?: { port: number }[] } | undefined;
  if (object.kind !== 'Service' || object.metadata.name !== API_SERVER_SERVICE) return object;
  if (spec?.type !== 'NodePort') return object;
  const ports = spec.ports?.map((one) => {
    const nodePort = allocated.get(one.port);
    return nodePort === undefined ? one : { ...one, nodePort };
  });
  return { ...object, spec: { ...spec, ports } };
}

function importedPorts({ cluster }: ClusterScope): { internalPort?: number; agentPort?: number } {
  const told = cluster.metadata.annotations?.[annotations.importedPorts] ?? '';
  const [internalPort, agentPort] = told.split(' ').filter(Boolean).map(Number);
  return { internalPort, agentPort };
}
