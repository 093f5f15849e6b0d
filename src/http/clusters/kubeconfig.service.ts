import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { secretData } from '../../clusters/secrets.js';
import { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import { type Authority, parseAuthority } from '../../pki/authority.js';
import { kubeconfig, kubeconfigYaml } from '../../pki/kubeconfig.js';
import { systemSource } from '../../pki/keys.js';
import { issueLeaf, type LeafProfile } from '../../pki/leaf.js';
import { CLUSTER_ADMINS, userProfile } from '../../pki/user.js';
import type { KubeconfigAnswer, KubeconfigRequest } from '../schemas.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';

const GROUPS = [CLUSTER_ADMINS];

@Injectable()
export class KubeconfigService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * A kubeconfig with a client certificate of its own that lives for hours. Throws ClusterNotFound (404),
   * ClusterNotReady (409), UserIdentityInvalid (422), Forbidden (403) when it is to be for somebody else.
   */
  async issue(caller: Identity, name: string, request: KubeconfigRequest): Promise<KubeconfigAnswer> {
    const namespace = clusterNamespace(name);
    const cluster = await this.views.clusters.read({ namespace, name });
    const on = { name, tenant: cluster.spec.tenant };
    authorize(caller, 'create', { resource: 'clusters/kubeconfig', ...on });
    const user = request.user ?? caller.name;
    if (user !== caller.name) authorize(caller, 'impersonate', { resource: 'clusters/kubeconfig', ...on });
    const profile = profileFor(user, request.ttlSeconds);
    const server = serverOf(reachable(cluster), request.server);
    const authority = await this.#authority(cluster, namespace);
    const pair = await issueLeaf(authority, profile, systemSource(this.clock));
    const certificate = { clientCertificate: pair['tls.crt'], clientKey: pair['tls.key'] };
    const access = {
      name,
      ...server,
      authorities: authority.certificate.x509.toString(),
    };
    return {
      cluster: name,
      user,
      groups: GROUPS,
      expiresAt: new Date(this.clock.now() + request.ttlSeconds * 1000).toISOString(),
      kubeconfig: kubeconfigYaml(kubeconfig(access, user, certificate, request.namespace)),
    };
  }

  async #authority(cluster: Cluster, namespace: string): Promise<Authority> {
    const data = secretData(await this.client.find(resources.Secret, { namespace, name: 'ca' }));
    const { 'tls.crt': certificate, 'tls.key': key } = data ?? {};
    if (certificate === undefined || key === undefined)
      throw notReady(cluster, 'its authority is not there yet');
    return parseAuthority({ 'tls.crt': certificate, 'tls.key': key });
  }
}

/** Throws UserIdentityInvalid (422) in terms of the request: the name of the person is its field `user`. */
function profileFor(user: string, ttlSeconds: number): LeafProfile {
  try {
    return userProfile({ name: user, groups: GROUPS, ttlSeconds });
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const { code, message, fields, next, status } = error;
    const inRequest = fields?.map(({ path, message: why }) => ({
      path: path === 'name' ? 'user' : path,
      message: why,
    }));
    throw new BerthError(code, `The user "${user}": ${message}.`, { fields: inRequest, next, status });
  }
}

interface Reached {
  url: string;
  host: string;
}

function serverOf({ url, host }: Reached, by: KubeconfigRequest['server']) {
  if (by === 'address') return { server: url, tlsServerName: host };
  const { port } = new URL(url);
  return { server: port === '' ? `https://${host}` : `https://${host}:${port}` };
}

function reachable(cluster: Cluster): Reached {
  const { endpoint, initializedAt } = cluster.status ?? {};
  if (cluster.metadata.deletionTimestamp) throw notReady(cluster, 'it is being deleted');
  if (!initializedAt || endpoint?.url === undefined)
    throw notReady(cluster, 'its API server has not answered yet');
  return { url: endpoint.url, host: endpoint.host };
}

function notReady({ metadata }: Cluster, why: string): BerthError {
  return new BerthError('ClusterNotReady', `Cluster "${metadata.name}" hands out no kubeconfig: ${why}.`, {
    status: 409,
    next: `See how far it is: berth cluster describe ${metadata.name}.`,
  });
}
