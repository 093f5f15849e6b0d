import { endpoint, nodePortTarget, type Target, waiting } from './endpoint.js';
import type { EndpointResult, ExposureInput, LiveExposure, Waiting } from './strategy.js';

/**
 * Exposure through one address that all clusters share and that tells them apart by server name. Pods inside a
 * hosted cluster dial an address and so send no name: for them the Service has a port on the nodes as well.
 */
export function sharedEndpoint(
  input: ExposureInput,
  { service }: LiveExposure,
  entry: Partial<Target>,
  missing: Waiting,
): EndpointResult {
  const address = input.config.sharedAddress ?? entry.address;
  if (address === undefined) return waiting(missing.reason, missing.message);
  const inside = nodePortTarget(input, service);
  if ('waiting' in inside) return inside;
  const port = input.config.sharedPort ?? entry.port ?? 443;
  return endpoint(input, { address, port }, inside.target);
}
