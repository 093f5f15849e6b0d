import type { V1CertificateSigningRequest } from '@kubernetes/client-node';
import { type Clock, systemClock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { type Logger, silentLogger } from '../../core/logging.js';
import type { KubeClient } from '../../kube/client.js';
import { type Node, resources } from '../../kube/resources.js';
import type { Typed } from '../../kube/types.js';
import { canonicalAddress } from '../../pki/sans.js';
import { readRequestedSubject } from '../../pki/request.js';
import {
  JOIN_TOKEN_NAMESPACE,
  type JoinToken,
  joinTokenName,
  readJoinToken,
  usedByAnnotation,
} from '../join-token.js';
import { countedTokenOf, KUBELET_CLIENT, refuseJoining } from './counted-token.js';
import {
  KUBELET_SERVING,
  type Names,
  passing,
  refuseKubeletServing,
  type ServingFacts,
} from './kubelet-serving.js';
import { type CertificateRequest, nodeNameOf, refuse, type Refusal } from './policy.js';

export type SigningRequest = Typed<V1CertificateSigningRequest>;

/** A kubelet may be quicker than its own report; so long a refusal that may pass is held back. */
const PATIENCE_MS = 15_000;
const RECHECK_MS = 1000;

export interface ApproverOptions {
  client: KubeClient;
  reserved: ServingFacts['reserved'];
  clock?: Clock;
  logger?: Logger;
}

/** Approves or denies the certificates that nodes of one hosted cluster ask for. */
export class NodeCertificateApprover {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(private readonly options: ApproverOptions) {
    this.#client = options.client;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Decides what is ours to decide. Answers after how many milliseconds to look again; undefined: not again. */
  async decide(pending: SigningRequest): Promise<number | undefined> {
    if (isDecided(pending)) return undefined;
    const request = readRequest(pending);
    if (request instanceof BerthError) {
      await this.#conclude(pending, refuse(request.code, request.message));
      return undefined;
    }
    if (pending.spec.signerName === KUBELET_SERVING) return this.#decideServing(pending, request);
    const token = pending.spec.signerName === KUBELET_CLIENT ? countedTokenOf(request) : undefined;
    if (token !== undefined) await this.#decideJoining(pending, request, token);
    return undefined;
  }

  async #decideServing(pending: SigningRequest, request: CertificateRequest): Promise<number | undefined> {
    const { items } = await this.#client.list(resources.Node);
    const name = nodeNameOf(request);
    const own = items.find(({ metadata }) => metadata.name === name);
    const refusal = refuseKubeletServing(request, {
      own: own && namesOf([own]),
      others: namesOf(items.filter((node) => node !== own)),
      reserved: this.options.reserved,
    });
    if (refusal && passing.has(refusal.reason) && this.#isYoung(pending)) return RECHECK_MS;
    await this.#conclude(pending, refusal);
    return undefined;
  }

  async #decideJoining(pending: SigningRequest, request: CertificateRequest, id: string): Promise<void> {
    const ref = { namespace: JOIN_TOKEN_NAMESPACE, name: joinTokenName(id) };
    const secret = await this.#client.find(resources.Secret, ref);
    const token = secret && readJoinToken(secret);
    const refusal = refuseJoining(request, token);
    // Counted before it is approved: a crash in between costs a place, never gives one away.
    if (!refusal && secret && token) await this.#count(secret.metadata, token, nodeNameOf(request) ?? '');
    await this.#conclude(pending, refusal);
  }

  /** Throws Conflict when the token was counted by somebody else meanwhile. */
  async #count(
    { namespace, name, resourceVersion }: SigningRequest['metadata'],
    { usedBy }: JoinToken,
    node: string,
  ): Promise<void> {
    if (usedBy.includes(node)) return;
    const metadata = { resourceVersion, annotations: usedByAnnotation(usedBy, node) };
    await this.#client.patch(resources.Secret, { namespace, name }, { metadata });
  }

  async #conclude(pending: SigningRequest, refusal: Refusal | undefined): Promise<void> {
    const { managedFields: _managedFields, ...metadata } = pending.metadata;
    const condition = {
      type: refusal ? 'Denied' : 'Approved',
      status: 'True',
      reason: refusal?.reason ?? 'BerthPolicy',
      message: refusal?.message ?? 'allowed by the rules for certificates of nodes',
    };
    const { conditions = [] } = pending.status ?? {};
    const status = { ...pending.status, conditions: [...conditions, condition] };
    await this.#client.replace({ ...pending, metadata, status }, { subresource: 'approval' });
    const { username, signerName } = pending.spec;
    this.#logger.info(
      { request: metadata.name, username, signerName, decision: condition.type, reason: condition.reason },
      refusal ? `certificate of a node denied: ${refusal.message}` : 'certificate of a node approved',
    );
  }

  #isYoung({ metadata }: SigningRequest): boolean {
    return this.#clock.now() - Date.parse(metadata.creationTimestamp ?? '') < PATIENCE_MS;
  }
}

/** Approved, denied or failed; the signing comes later and is not ours. */
export function isDecided({ status }: SigningRequest): boolean {
  return (status?.conditions ?? []).length > 0;
}

function readRequest({ spec }: SigningRequest): CertificateRequest | BerthError {
  try {
    const subject = readRequestedSubject(Buffer.from(spec.request, 'base64').toString());
    return { username: spec.username ?? '', groups: spec.groups ?? [], usages: spec.usages ?? [], subject };
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
}

function namesOf(nodes: readonly Node[]): Names {
  const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []);
  const of = (isWanted: (type: string) => boolean) =>
    addresses.filter(({ type }) => isWanted(type)).map(({ address }) => address);
  return {
    dnsNames: new Set(of((type) => !type.endsWith('IP')).map((name) => name.toLowerCase())),
    ips: new Set(of((type) => type.endsWith('IP')).map(canonicalAddress)),
  };
}
