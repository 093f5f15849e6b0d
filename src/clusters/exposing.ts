import { exposureStrategy } from '../exposure/strategies.js';
import type { ExposureInput, ExposureStrategy } from '../exposure/strategy.js';
import { API_SERVER_PORT, API_SERVER_SERVICE, KONNECTIVITY_PORT } from '../pki/certificates.js';
import type { KubeObject } from '../kube/types.js';
import { annotations } from '../model/names.js';
import type { ClusterScope } from './scope.js';

/** Addresses of nodes that one cluster's certificates name and its nodes are told of. */
const NODE_ADDRESSES = 3;

/** What exposure strategies work from. A host once allocated stays, and so does the address of a node that is there. */
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
    config: {
      ...config,
      nodeAddresses:
        config.nodeAddresses ??
        steadyAddresses(services.world.nodeAddresses(), status.endpoint?.internalAddresses),
    },
  };
}

/** At most three, those that were given before first: the nodes of the cluster have joined by them. */
export function steadyAddresses(all: readonly string[], given: readonly string[] = []): string[] {
  const there = given.filter((address) => all.includes(address));
  return [...new Set([...there, ...all])].slice(0, NODE_ADDRESSES);
}

/** How this cluster is reached: what it was created with, else what it asks for, else the installation's default. */
export function strategyOf({ cluster, config }: ExposureInput): ExposureStrategy {
  return exposureStrategy(cluster.spec.exposure.type ?? config.defaultType);
}

interface ServiceSpec {
  type?: string;
  ports?: { port: number }[];
}

/** The Service of the API server as its cluster needs it now; any other object as it is. */
export function asServed<T extends KubeObject>(object: T, scope: ClusterScope): T {
  if (object.kind !== 'Service' || object.metadata.name !== API_SERVER_SERVICE) return object;
  const spec = object['spec'] as ServiceSpec;
  return { ...object, spec: { ...withAllocatedPorts(spec, scope), ...earlyAddresses(scope) } };
}

/**
 * With the node ports its cluster was given: a Service that is made again would get others, but kubeconfigs and the
 * cluster's nodes hold on to the first ones. An imported cluster asks for those it had.
 */
function withAllocatedPorts(spec: ServiceSpec, scope: ClusterScope): ServiceSpec {
  if (!isDialledByNodePort(spec, scope)) return spec;
  const { internalPort, agentPort } = scope.status.endpoint ?? importedPorts(scope);
  const allocated = new Map([
    [API_SERVER_PORT, internalPort],
    [KONNECTIVITY_PORT, agentPort],
  ]);
  const ports = spec.ports?.map((one) => {
    const nodePort = allocated.get(one.port);
    return nodePort === undefined ? one : { ...one, nodePort };
  });
  return { ...spec, ports };
}

/** A load balancer that has but a name is one for users: the cluster's nodes dial ports of the meta-cluster's nodes. */
function isDialledByNodePort({ type }: ServiceSpec, { status: { endpoint } }: ClusterScope): boolean {
  if (type !== 'LoadBalancer') return type === 'NodePort';
  return endpoint?.address !== undefined && endpoint.internalAddresses?.includes(endpoint.address) === false;
}

/**
 * The first API server is reached as soon as it answers, not when a probe has seen it and every proxy has heard of
 * that. Once the cluster has users, only those that are ready get requests.
 */
function earlyAddresses({ status }: ClusterScope): { publishNotReadyAddresses?: true } {
  return status.initializedAt === undefined ? { publishNotReadyAddresses: true } : {};
}

function importedPorts({ cluster }: ClusterScope): { internalPort?: number; agentPort?: number } {
  const told = cluster.metadata.annotations?.[annotations.importedPorts] ?? '';
  const [internalPort, agentPort] = told.split(' ').filter(Boolean).map(Number);
  return { internalPort, agentPort };
}
