import { isIP } from 'node:net';
import type { ClusterStatus } from '../model/cluster.js';

/**
 * What nodes dial, as `host:port`: the address that pods dial too. A kubelet keeps neither a server name nor a
 * second address (docs/adr/0004-nodes-dial-an-address.md). Undefined while the address is not known.
 */
export function nodeServer({ endpoint }: ClusterStatus): string | undefined {
  return withPort(endpoint, endpoint?.internalPort);
}

/** What konnectivity agents dial, as `host:port`: the same address for the same reasons. */
export function agentServer({ endpoint }: ClusterStatus): string | undefined {
  return withPort(endpoint, endpoint?.agentPort);
}

function withPort(endpoint: ClusterStatus['endpoint'], port: number | undefined): string | undefined {
  const [address] = endpoint?.internalAddresses ?? [];
  if (address === undefined || port === undefined) return undefined;
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}
