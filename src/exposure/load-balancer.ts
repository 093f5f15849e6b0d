import ipaddr from 'ipaddr.js';
import { API_SERVER_PORT, KONNECTIVITY_PORT } from '../pki/certificates.js';
import { endpoint, loadBalancerAddress, nodePortTarget, portsOf, waiting } from './endpoint.js';
import type { ExposureStrategy, LiveExposure } from './strategy.js';

const pending = {
  reason: 'LoadBalancerPending',
  message: 'the load balancer of Service kube-apiserver has no address yet',
};

/** An address of the API server's own. */
export const loadBalancer: ExposureStrategy = {
  type: 'LoadBalancer',
  service: () => ({ type: 'LoadBalancer' }),
  objects: () => [],
  endpoint: (input, { service }) => {
    const address = loadBalancerAddress(service);
    if (address === undefined) return waiting(pending.reason, pending.message);
    const outside = { address, port: API_SERVER_PORT };
    if (ipaddr.isValid(address))
      return endpoint(input, outside, {
        addresses: [address],
        port: outside.port,
        agentPort: agentPort(service),
      });
    // Endpoints of a Service are addresses: where the load balancer has but a name, pods go through the nodes.
    const inside = nodePortTarget(input, service);
    return 'waiting' in inside ? inside : endpoint(input, outside, inside.target);
  },
  notProgrammed: ({ service }: LiveExposure) =>
    loadBalancerAddress(service) === undefined ? pending : undefined,
};

function agentPort(service: LiveExposure['service']): number | undefined {
  return portsOf(service).find(({ port }) => port === KONNECTIVITY_PORT)?.port;
}
