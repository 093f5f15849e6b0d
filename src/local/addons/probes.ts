/** Whether the addons do their work, asked as their users do: objects still say what was before a restart. */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { NetworkPlan } from '../network/plan.js';

const TIMEOUT_MS = 1_000;
/** kubeadm gives cluster DNS the tenth address of the service network. */
const DNS_ADDRESS_OFFSET = 10;

/** Whether cluster DNS answers for the API server's own name. */
export async function dnsAnswers(plan: NetworkPlan): Promise<boolean> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  resolver.setServers([dnsAddress(plan)]);
  return resolver.resolve4('kubernetes.default.svc.cluster.local').then(
    () => true,
    () => false,
  );
}

/** Whether the ingress takes connections. */
export async function ingressAnswers(plan: NetworkPlan, port: number): Promise<boolean> {
  const socket = connect({ host: plan.metaAddress, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function dnsAddress({ serviceCIDR }: NetworkPlan): string {
  const [base = ''] = serviceCIDR.split('/');
  return base.replace(/\d+$/, (last) => String(Number(last) + DNS_ADDRESS_OFFSET));
}
