import { isIP } from 'node:net';
import { BerthError } from '../core/errors.js';
import { KubeClient } from '../kube/client.js';
import { connectionFromKubeconfig } from '../kube/connection.js';
import { resources } from '../kube/resources.js';
import type { TransportOptions } from '../kube/transport.js';
import type { KubeObject } from '../kube/types.js';
import type { Cluster, ClusterStatus } from '../model/cluster.js';
import { API_SERVER_PORT, API_SERVER_SERVICE } from '../pki/certificates.js';
import type { Installation } from './installation.js';
import { secretData } from './secrets.js';

/** The Secret with Berth's own kubeconfig for the cluster. */
export const ADMIN_SECRET = 'berth-admin-kubeconfig';

/** Berth's way into a hosted cluster. */
export interface HostedAccess {
  kubeconfig: string;
  /** `host:port` to dial, whatever the kubeconfig names. */
  dial: string;
}

interface AccessInput {
  cluster: string;
  status: ClusterStatus;
  /** Secret `berth-admin-kubeconfig` and Service `kube-apiserver` of the cluster's namespace, when they are there. */
  secret: KubeObject | undefined;
  service: KubeObject | undefined;
  by: Installation['hostedAccess'];
}

/** @throws BerthError `HostedAccessMissing` while the certificate or the address is not there yet. */
export function hostedAccess(input: AccessInput): HostedAccess {
  const kubeconfig = secretData(input.secret)?.['kubeconfig'];
  const dial = addressOf(input);
  if (kubeconfig && dial) return { kubeconfig, dial };
  throw new BerthError('HostedAccessMissing', `there is no way into cluster ${input.cluster} yet`, {
    status: 503,
    transient: true,
    next: `Wait until it is ready: berth operation watch ${input.cluster}.`,
  });
}

/**
 * Does `work` with a connection of its own to a hosted cluster.
 * @throws BerthError `HostedAccessMissing`
 */
export async function withHostedClient<R>(
  meta: KubeClient,
  cluster: Cluster,
  by: Installation['hostedAccess'],
  work: (hosted: KubeClient) => Promise<R>,
): Promise<R> {
  const hosted = await hostedClient(meta, cluster, by);
  try {
    return await work(hosted);
  } finally {
    await hosted.close();
  }
}

/**
 * A connection to a hosted cluster, to be closed by the caller.
 * @throws BerthError `HostedAccessMissing`
 */
export async function hostedClient(
  meta: KubeClient,
  { metadata, status = {} }: Cluster,
  by: Installation['hostedAccess'],
  options: TransportOptions = {},
): Promise<KubeClient> {
  const { name, namespace } = metadata;
  const [secret, service] = await Promise.all([
    meta.find(resources.Secret, { namespace, name: ADMIN_SECRET }),
    meta.find(resources.Service, { namespace, name: API_SERVER_SERVICE }),
  ]);
  const { kubeconfig, dial } = hostedAccess({ cluster: name, status, secret, service, by });
  return new KubeClient(await connectionFromKubeconfig({ text: kubeconfig, dial }), options);
}

/** The ClusterIP of the Service, or the endpoint users have: whichever the installation routes. */
function addressOf({ by, service, status }: AccessInput): string | undefined {
  const { endpoint } = status;
  if (by === 'endpoint') return endpoint?.address && `${bracketed(endpoint.address)}:${endpoint.port}`;
  const { clusterIP } = (service?.['spec'] ?? {}) as { clusterIP?: string };
  return clusterIP && `${bracketed(clusterIP)}:${API_SERVER_PORT}`;
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
