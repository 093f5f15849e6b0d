import { isIP } from 'node:net';
import type { ClusterStatus } from '../model/cluster.js';

/**
 * What nodes dial, as `host:port`: the address that pods dial too. A kubelet keeps neither a server name nor a
 * second address (docs/adr/0004-nodes-dial-an-address.md). Undefined while the address is not known.
 */
export function nodeServer({ endpoint }: ClusterStatus): string | undefined {
  const [address] = endpoint?.internalAddresses ?? [];
  if (address === undefined || endpoint?.internalPort === undefined) return undefined;
  return `${isIP(address) === 6 ? `[${address}]` : address}:${endpoint.internalPort}`;
}
