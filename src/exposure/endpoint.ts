import ipaddr from 'ipaddr.js';
import type { KubeObject } from '../kube/types.js';
import { API_SERVER_PORT, KONNECTIVITY_PORT } from '../pki/certificates.js';
import type { Endpoint, EndpointResult, ExposureInput, Waiting } from './strategy.js';

/** What strategies share: the host, the node port, and how an endpoint is put together. */

const HTTPS = 443;

/** The host a cluster asked for or was allocated; else its name below the installation's domain. */
export function hostOf({ cluster, config }: ExposureInput): string {
  return cluster.spec.exposure.host ?? `${cluster.name}.${config.domain}`;
}

/** Where one dials. */
export interface Target {
  address: string;
  port: number;
}

/** Where pods of the hosted cluster dial: they know addresses only, and send no server name. */
export interface InternalTarget {
  addresses: readonly string[];
  port: number;
  /** Where konnectivity agents dial; absent without a tunnel. */
  agentPort?: number;
}

export function endpoint(input: ExposureInput, outside: Target, inside: InternalTarget): EndpointResult {
  const result: Endpoint = {
    host: hostOf(input),
    address: outside.address,
    port: outside.port,
    url: urlOf(outside),
    internalAddresses: [...inside.addresses],
    internalPort: inside.port,
    ...(inside.agentPort !== undefined && { agentPort: inside.agentPort }),
  };
  return { endpoint: result };
}

/** Names the address, not the host, so that a kubeconfig works before DNS does; it carries the host as server name. */
function urlOf({ address, port }: Target): string {
  const name = ipaddr.IPv6.isValid(address) ? `[${address}]` : address;
  return port === HTTPS ? `https://${name}` : `https://${name}:${port}`;
}

/** The port of the API server's Service on every node, or what is missing to know it. */
export function nodePortTarget(
  { config }: ExposureInput,
  service: KubeObject | undefined,
): { target: InternalTarget } | { waiting: Waiting } {
  const ports = portsOf(service);
  const nodePort = ports.find(({ port }) => port === API_SERVER_PORT)?.nodePort;
  if (nodePort === undefined) {
    return waiting('NodePortPending', 'the Service kube-apiserver has no node port yet');
  }
  if (config.nodeAddresses.length === 0) {
    return waiting('NoNodeAddress', 'no node of the meta-cluster has an address that is ready to use');
  }
  const agentPort = ports.find(({ port }) => port === KONNECTIVITY_PORT)?.nodePort;
  return { target: { addresses: config.nodeAddresses, port: nodePort, agentPort } };
}

/** The ports that a Service lists. */
export function portsOf(service: KubeObject | undefined): { port: number; nodePort?: number }[] {
  return (service?.spec as { ports?: { port: number; nodePort?: number }[] } | undefined)?.ports ?? [];
}

export function waiting(reason: string, message: string): { waiting: Waiting } {
  return { waiting: { reason, message } };
}

interface LoadBalancerIngress {
  ip?: string;
  hostname?: string;
}

/** The first address that `status.loadBalancer` of a Service or Ingress tells. */
export function loadBalancerAddress(object: KubeObject | undefined): string | undefined {
  const { loadBalancer } = (object?.status ?? {}) as { loadBalancer?: { ingress?: LoadBalancerIngress[] } };
  const [first] = loadBalancer?.ingress ?? [];
  return first?.ip ?? first?.hostname;
}
