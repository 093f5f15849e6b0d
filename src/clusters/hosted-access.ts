import { isIP } from 'node:net';
import { BerthError } from '../core/errors.js';
import { KubeClient } from '../kube/client.js';
import { type Connection, connectionFromKubeconfig } from '../kube/connection.js';
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
  /** What clusters that share an address are told apart by. */
  tlsServerName?: string;
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
  const way = input.by === 'endpoint' ? publicWay(input) : innerWay(input);
  if (kubeconfig && way) return { kubeconfig, ...way };
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
  const access = hostedAccess({ cluster: name, status, secret, service, by });
  return new KubeClient(await connectionBy(access), options);
}

/** The connection that a way in makes. */
export function connectionBy({ kubeconfig: text, ...way }: HostedAccess): Promise<Connection> {
  return connectionFromKubeconfig({ text, ...way });
}

type Way = Omit<HostedAccess, 'kubeconfig'>;

/** The endpoint that users have. */
function publicWay({ status: { endpoint } }: AccessInput): Way | undefined {
  if (endpoint?.address === undefined) return undefined;
  return { dial: `${bracketed(endpoint.address)}:${endpoint.port}`, tlsServerName: endpoint.host };
}

/** The ClusterIP of the Service, where that is routed. */
function innerWay({ service }: AccessInput): Way | undefined {
  const { clusterIP } = (service?.['spec'] ?? {}) as { clusterIP?: string };
  return clusterIP ? { dial: `${bracketed(clusterIP)}:${API_SERVER_PORT}` } : undefined;
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
