import type { ExposureType } from '../model/cluster.js';
import { gateway } from './gateway.js';
import { ingress } from './ingress.js';
import { loadBalancer } from './load-balancer.js';
import { nodePort } from './node-port.js';
import type { ExposureStrategy } from './strategy.js';

const strategies: Readonly<Record<ExposureType, ExposureStrategy>> = {
  Gateway: gateway,
  Ingress: ingress,
  NodePort: nodePort,
  LoadBalancer: loadBalancer,
};

export function exposureStrategy(type: ExposureType): ExposureStrategy {
  return strategies[type];
}
