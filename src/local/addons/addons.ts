/** What the meta-cluster needs besides Kubernetes itself: Gateway API, Traefik, a storage class. */
import { join } from 'node:path';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { KubeObject } from '../../kube/types.js';
import { MANIFESTS } from '../paths.js';
import { waitUntil } from '../wait.js';
import { applyDirectory } from './apply.js';

const FOLDERS = ['gateway-api', 'traefik', 'addons'];
const READY_TIMEOUT_MS = 120_000;

/** Deployments that must be available before a hosted cluster can be made. */
const NEEDED = [
  { namespace: 'kube-system', name: 'coredns' },
  { namespace: 'berth-system', name: 'traefik' },
];

/** Applies the addons and gives the ingress its address. */
export async function ensureAddons(client: KubeClient, ingressAddress: string): Promise<void> {
  for (const folder of FOLDERS) await applyDirectory(client, join(MANIFESTS, 'local', folder));
  await publishIngressAddress(client, ingressAddress);
  // One replica is as available as two on one node.
  const coredns = { namespace: 'kube-system', name: 'coredns' };
  await client.patch(resources.Deployment, coredns, { spec: { replicas: 1 } }, { type: 'merge' });
}

/** Waits until cluster DNS and the ingress answer. */
export async function awaitAddons(client: KubeClient): Promise<void> {
  for (const ref of NEEDED) {
    const available = async (): Promise<boolean> => isAvailable(await client.find(resources.Deployment, ref));
    await waitUntil(`${ref.name} to be available`, available, READY_TIMEOUT_MS);
  }
}

export function isAvailable(deployment: KubeObject | undefined): boolean {
  const status = deployment?.['status'] as { availableReplicas?: number } | undefined;
  return (status?.availableReplicas ?? 0) > 0;
}

/** kube-proxy sends what arrives at a load balancer's address to its pods; there is no cloud to name one. */
async function publishIngressAddress(client: KubeClient, ip: string): Promise<void> {
  const status = { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } };
  const ref = { namespace: 'berth-system', name: 'traefik' };
  await client.patch(resources.Service, ref, { status }, { type: 'merge', subresource: 'status' });
}
