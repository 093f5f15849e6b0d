import { BerthError } from '../core/errors.js';
import { EtcdClient } from '../control-plane/etcd/client/etcd-client.js';
import { memberName } from '../control-plane/etcd/members.js';
import type { KubeClient } from '../kube/client.js';
import { forwardPort } from '../kube/port-forward.js';
import { resources } from '../kube/resources.js';
import { CA_BUNDLE, ETCD_CLIENT_SERVICE } from '../pki/certificates.js';
import { secretData } from './secrets.js';

const CLIENT_PORT = 2379;
const CLIENT_SECRET = 'etcd-healthcheck-client';

/**
 * Does `work` with one member of a cluster's etcd, reached through the meta-cluster's API server
 * (docs/adr/0010-etcd-through-the-api-server.md).
 * @throws BerthError `EtcdUnavailable`, what `work` throws
 */
async function withEtcd<R>(
  meta: KubeClient,
  namespace: string,
  pod: string,
  work: (etcd: EtcdClient) => Promise<R>,
): Promise<R> {
  const tls = await clientCertificate(meta, namespace);
  const port = await forwardPort(meta, { namespace, name: pod }, CLIENT_PORT);
  const etcd = await EtcdClient.open({ dial: port.address, serverName: ETCD_CLIENT_SERVICE, tls });
  try {
    return await work(etcd);
  } finally {
    etcd.close();
    await port.close();
  }
}

async function clientCertificate(meta: KubeClient, namespace: string) {
  const [secret, bundle] = await Promise.all([
    meta.find(resources.Secret, { namespace, name: CLIENT_SECRET }),
    meta.find(resources.ConfigMap, { namespace, name: CA_BUNDLE }),
  ]);
  const data = secretData(secret) ?? {};
  const [ca, cert, key] = [bundle?.data?.['etcd-ca.crt'], data['tls.crt'], data['tls.key']];
  if (ca && cert && key) return { ca, cert, key };
  throw new BerthError('EtcdUnavailable', `There is no certificate for etcd in ${namespace} yet.`, {
    status: 503,
    transient: true,
    next: 'Wait until the cluster is created.',
  });
}

/** etcd of the hosted clusters. */
export class EtcdMembers {
  constructor(private readonly meta: KubeClient) {}

  /** Does `work` with one member. Throws EtcdUnavailable, and what `work` throws. */
  async within<R>(namespace: string, ordinal: number, work: (etcd: EtcdClient) => Promise<R>): Promise<R> {
    return withEtcd(this.meta, namespace, memberName(ordinal), work);
  }

  /** Does `work` with the first of these members that answers. Throws EtcdUnavailable when none does. */
  async withinAny<R>(
    namespace: string,
    members: readonly string[],
    work: (etcd: EtcdClient) => Promise<R>,
  ): Promise<R> {
    let last: unknown = new BerthError('EtcdUnavailable', `There is no member of etcd in ${namespace}.`);
    for (const member of members) {
      try {
        return await withEtcd(this.meta, namespace, member, work);
      } catch (error) {
        if (!(error instanceof BerthError) || error.code !== 'EtcdUnavailable') throw error;
        last = error;
      }
    }
    throw last;
  }
}
