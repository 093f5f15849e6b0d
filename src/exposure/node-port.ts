import { endpoint, nodePortTarget } from './endpoint.js';
import type { ExposureStrategy } from './strategy.js';

/** A port of the API server's own on every node of the meta-cluster. */
export const nodePort: ExposureStrategy = {
  type: 'NodePort',
  service: () => ({ type: 'NodePort' }),
  objects: () => [],
  endpoint: (input, { service }) => {
    const found = nodePortTarget(input, service);
    if ('waiting' in found) return found;
    const { addresses, port } = found.target;
    return endpoint(input, { address: addresses[0] ?? '', port }, found.target);
  },
  notProgrammed: () => undefined,
};
