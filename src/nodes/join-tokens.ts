import { type Clock, systemClock } from '../core/clock.js';
import { BerthError } from '../core/errors.js';
import type { KubeClient } from '../kube/client.js';
import { resources } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import {
  isJoinTokenOf,
  JOIN_TOKEN_NAMESPACE,
  JOIN_TOKEN_TYPE,
  type JoinToken,
  joinTokenName,
  type JoinTokenRequest,
  joinTokenSecret,
  newJoinToken,
  readJoinToken,
  splitJoinToken,
} from './join-token.js';

const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' };
const FIELD_MANAGER = 'berth-nodes';
/** A controller-manager that has just taken over rests until the lease of the one before is over (docs/adr/0020). */
const SIGNING_MS = 27_000;

/** The join tokens of one hosted cluster, through its own API. */
export class JoinTokens {
  constructor(
    private readonly client: KubeClient,
    private readonly clock: Clock = systemClock,
    private readonly signingMs = SIGNING_MS,
  ) {}

  /**
   * A new token, once `kubeadm join` can use it: when it is signed into `cluster-info`. Throws JoinTokenNotSigned,
   * and takes the token back, when the controller-manager does not sign it in time.
   */
  async create(request: JoinTokenRequest): Promise<{ token: string; details: JoinToken }> {
    const halves = newJoinToken();
    const secret = joinTokenSecret(halves, request, this.clock.now());
    const created = await this.client.create(secret, { fieldManager: FIELD_MANAGER });
    try {
      await this.#signed(halves.id);
    } catch (error) {
      await this.client.delete(resources.Secret, created.metadata);
      throw error;
    }
    return { token: `${halves.id}.${halves.secret}`, details: readJoinToken(created) };
  }

  /** Those that have not expired, whoever made them; the newest first. */
  async list(): Promise<JoinToken[]> {
    const scope = { namespace: JOIN_TOKEN_NAMESPACE, fieldSelector: `type=${JOIN_TOKEN_TYPE}` };
    const { items } = await this.client.list(resources.Secret, scope);
    const now = this.clock.now();
    return items
      .map(readJoinToken)
      .filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > now)
      .toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
  }

  /** Nobody joins with it any more; nodes that did stay. Throws JoinTokenNotFound (404). */
  async revoke(id: string): Promise<JoinToken> {
    const secret = await this.#find(id);
    if (!secret || !(await this.client.delete(resources.Secret, secret.metadata))) throw notFound(id);
    return readJoinToken(secret);
  }

  /** The token that somebody presents as `id.secret`; undefined when there is none such or it has expired. */
  async identify(token: string): Promise<JoinToken | undefined> {
    const halves = splitJoinToken(token);
    const secret = halves && (await this.#find(halves.id));
    if (!halves || !secret || !isJoinTokenOf(secret, halves.secret, this.clock.now())) return undefined;
    return readJoinToken(secret);
  }

  async #find(id: string): Promise<KubeObject | undefined> {
    const ref = { namespace: JOIN_TOKEN_NAMESPACE, name: joinTokenName(id) };
    const secret = await this.client.find(resources.Secret, ref);
    return secret?.type === JOIN_TOKEN_TYPE ? secret : undefined;
  }

  /** Waits for the signature that the controller-manager puts beside the kubeconfig. */
  async #signed(id: string): Promise<void> {
    const timeout = new AbortController();
    const cancel = this.clock.after(this.signingMs, () => timeout.abort());
    try {
      await this.#sawKey(`jws-kubeconfig-${id}`, timeout.signal);
    } catch (error) {
      throw timeout.signal.aborted ? notSigned() : error;
    } finally {
      cancel();
    }
  }

  /** Throws the signal's reason. */
  async #sawKey(key: string, signal: AbortSignal): Promise<void> {
    const { namespace, name } = CLUSTER_INFO;
    const scope = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    for (;;) {
      const { items, resourceVersion } = await this.client.list(resources.ConfigMap, scope);
      if (items.some(({ data }) => data?.[key])) return;
      for await (const { object } of this.client.watch(resources.ConfigMap, { ...scope, resourceVersion })) {
        if (object.data?.[key]) return;
      }
      signal.throwIfAborted();
    }
  }
}

function notFound(id: string): BerthError {
  return new BerthError('JoinTokenNotFound', `There is no join token "${id}".`, {
    status: 404,
    next: 'List them: GET join-tokens of the cluster.',
  });
}

function notSigned(): BerthError {
  return new BerthError(
    'JoinTokenNotSigned',
    "The cluster's controller-manager did not sign the token in time, so no machine could join with it.",
    {
      status: 503,
      transient: true,
      next: 'See whether the condition ControllerManagerReady is True, then try again.',
    },
  );
}
