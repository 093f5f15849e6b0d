/** What the meta-cluster needs besides Kubernetes itself: Gateway API, Traefik, a storage class. */
import { join } from 'node:path';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { NetworkPlan } from '../network/plan.js';
import { MANIFESTS } from '../paths.js';
import { INGRESS_PORT } from '../parts.js';
import { waitUntil } from '../wait.js';
import { SYSTEM_NAMESPACE } from '../../model/names.js';
import { applyDirectory } from './apply.js';
import { dnsAnswers, ingressAnswers } from './probes.js';

const READY_TIMEOUT_MS = 120_000;

/** Applies the addons and gives the ingress its address. */
export async function ensureAddons(client: KubeClient, ingressAddress: string): Promise<void> {
  const apply = (folder: string): Promise<void> => applyDirectory(client, join(MANIFESTS, 'local', folder));
  await Promise.all([apply('gateway-api'), apply('traefik')]);
  await apply('addons');
  await publishIngressAddress(client, ingressAddress);
  // One replica is as available as two on one node.
  const coredns = { namespace: 'kube-system', name: 'coredns' };
  await client.patch(resources.Deployment, coredns, { spec: { replicas: 1 } }, { type: 'merge' });
}

/** Waits until cluster DNS and the ingress answer; `onWait` is told which of them is waited for. */
export async function awaitAddons(plan: NetworkPlan, onWait: (what: string) => void): Promise<void> {
  onWait('waiting for the ingress');
  await waitUntil('the ingress to answer', () => ingressAnswers(plan, INGRESS_PORT), READY_TIMEOUT_MS);
  onWait('waiting for cluster DNS');
  await waitUntil('cluster DNS to answer', () => dnsAnswers(plan), READY_TIMEOUT_MS);
}

/** kube-proxy sends what arrives at a load balancer's address to its pods; there is no cloud to name one. */
async function publishIngressAddress(client: KubeClient, ip: string): Promise<void> {
  const status = { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } };
  const ref = { namespace: SYSTEM_NAMESPACE, name: 'traefik' };
  await client.patch(resources.Service, ref, { status }, { type: 'merge', subresource: 'status' });
}
