import { Inject, Injectable } from '@nestjs/common';
import { authorize, type Verb } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { nodeServer } from '../../clusters/node-server.js';
import type { Clock } from '../../core/clock.js';
import type { Config } from '../../core/config.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterConditions, isTrue } from '../../model/conditions.js';
import { clusterNamespace } from '../../model/names.js';
import { joinInstructions } from '../../nodes/join-instructions.js';
import type { JoinAccess } from '../../nodes/join-configuration.js';
import { joinScript } from '../../nodes/join-script.js';
import type { JoinToken } from '../../nodes/join-token.js';
import { JoinTokens } from '../../nodes/join-tokens.js';
import { CA_BUNDLE } from '../../pki/certificates.js';
import { publicKeyPin } from '../../pki/pin.js';
import { visibleVersion } from '../../versions/stages.js';
import { CLOCK, CONFIG } from '../tokens.js';
import { Views } from '../views.js';
import { HostedService } from './hosted.service.js';
import type { JoinTokenListAnswer, JoinTokenRequestBody, NewJoinTokenAnswer } from './join-token-schemas.js';

/** Tokens with which machines join, kept in the hosted cluster itself. Their secret half is in no log. */
@Injectable()
export class JoinTokenService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly hosted: HostedService,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * A new token, once machines can join with it. Throws ClusterNotFound (404), ClusterNotReady (409),
   * JoinTokenNotSigned and HostedClusterUnavailable (503).
   *
   * @param calledAt base URL that the caller used.
   */
  async create(
    caller: Identity,
    name: string,
    request: JoinTokenRequestBody,
    calledAt: string,
  ): Promise<NewJoinTokenAnswer> {
    const cluster = await this.#cluster(caller, 'create', name);
    const { token, details } = await this.#withTokens(cluster, (tokens) =>
      tokens.create({ ...request, createdBy: caller.name }),
    );
    const access = await this.#access(cluster, token, details);
    const { server, caCertHash, kubernetesVersion } = access;
    const scriptUrl = `${this.config.publicUrl ?? calledAt}/api/v1/clusters/${name}/join-script`;
    const commands = joinInstructions(access, scriptUrl);
    return { ...details, cluster: name, token, server, caCertHash, kubernetesVersion, commands };
  }

  async list(caller: Identity, name: string): Promise<JoinTokenListAnswer> {
    const cluster = await this.#cluster(caller, 'list', name);
    return { items: await this.#withTokens(cluster, (tokens) => tokens.list()) };
  }

  /** Throws JoinTokenNotFound (404). */
  async revoke(caller: Identity, name: string, id: string): Promise<JoinToken> {
    const cluster = await this.#cluster(caller, 'delete', name);
    return this.#withTokens(cluster, (tokens) => tokens.revoke(id));
  }

  /** The script for whoever holds a token. Throws JoinTokenRefused (401), the same whatever is wrong. */
  async script(name: string, token: string): Promise<string> {
    const cluster = this.views.clusters.feed.objects.get(`${clusterNamespace(name)}/${name}`);
    if (!cluster || !canBeJoined(cluster)) throw refused();
    const details = await this.#withTokens(cluster, (tokens) => tokens.identify(token));
    if (!details) throw refused();
    return joinScript(await this.#access(cluster, token, details));
  }

  async #cluster(caller: Identity, verb: Verb, name: string): Promise<Cluster> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, verb, { resource: 'clusters/join-tokens', name, tenant: cluster.spec.tenant });
    if (canBeJoined(cluster)) return cluster;
    throw new BerthError('ClusterNotReady', `Cluster "${name}" takes no nodes yet, or no more.`, {
      status: 409,
      next: `See how far it is: berth cluster describe ${name}.`,
    });
  }

  async #withTokens<R>(cluster: Cluster, work: (tokens: JoinTokens) => Promise<R>): Promise<R> {
    return this.hosted.within(cluster, (client) => work(new JoinTokens(client, this.clock)));
  }

  async #access(
    cluster: Cluster,
    token: string,
    { expiresAt, labels, taints }: JoinToken,
  ): Promise<JoinAccess> {
    const { name, namespace } = cluster.metadata;
    const bundle = await this.client.get(resources.ConfigMap, { namespace, name: CA_BUNDLE });
    return {
      cluster: name,
      server: nodeServer(cluster.status ?? {}) ?? '',
      token,
      tokenExpiresAt: expiresAt,
      caCertHash: publicKeyPin(bundle.data?.['ca.crt'] ?? ''),
      kubernetesVersion: visibleVersion(
        cluster.status?.pinned ?? { kubernetesVersion: cluster.spec.version },
      ),
      packagesUrl: this.config.nodePackagesUrl,
      labels,
      taints,
    };
  }
}

function canBeJoined({ metadata, status }: Cluster): boolean {
  return !metadata.deletionTimestamp && isTrue(status?.conditions, clusterConditions.nodes);
}

function refused(): BerthError {
  return new BerthError('JoinTokenRefused', 'The join token is unknown, has expired or was revoked.', {
    status: 401,
    next: 'Get a new one: berth node token CLUSTER.',
  });
}
