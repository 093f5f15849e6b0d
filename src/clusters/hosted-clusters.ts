import pMap from 'p-map';
import { digestOf } from '../core/digest.js';
import type { CacheReader } from '../kube/cache.js';
import { KubeClient } from '../kube/client.js';
import { ensureApplied } from '../kube/ensure-applied.js';
import { Informers } from '../kube/informers.js';
import { unreachable } from '../kube/kube-error.js';
import { resources } from '../kube/resources.js';
import { keyOf, type KubeObject, type ObjectRef, type Resource, type Scope } from '../kube/types.js';
import { labels } from '../model/names.js';
import { isDecided, type SigningRequest } from '../nodes/certificates/approver.js';
import { API_SERVER_SERVICE } from '../pki/certificates.js';
import { ADMIN_SECRET, connectionBy, type HostedAccess, hostedAccess } from './hosted-access.js';
import type { ClusterScope } from './scope.js';

/** What Berth keeps in a hosted cluster carries this label, so that one small watch a kind sees all of it. */
const ours = { labelSelector: `${labels.managedBy}=berth` };
const watched: readonly (readonly [Resource, Scope])[] = [
  [resources.EndpointSlice, { ...ours, namespace: 'default' }],
  [resources.Endpoints, { ...ours, namespace: 'default' }],
  [resources.ClusterRole, ours],
  [resources.ClusterRoleBinding, ours],
  [resources.Role, ours],
  [resources.RoleBinding, ours],
  [resources.ConfigMap, ours],
  [resources.Service, ours],
  [resources.ServiceAccount, ours],
  [resources.Deployment, ours],
  [resources.DaemonSet, ours],
  [resources.APIService, ours],
  [resources.ValidatingAdmissionPolicy, ours],
  [resources.ValidatingAdmissionPolicyBinding, ours],
];

/**
 * A pass over a cluster must not wait for long on an API server that is away: it may be the pass that brings it back,
 * and is tried again anyway.
 */
const PATIENCE = { timeoutMs: 4_000, retryAfterBudgetMs: 1_000 };

/** An API server that has just started on a small machine takes dozens at once for longer than anybody waits. */
const APPLIES_AT_ONCE = 4;
/**
 * Longer than for other requests: a Service whose creation is broken off can leave its address taken for minutes, and
 * cannot be created until the API server's repair has found that out.
 */
const APPLY_MS = 15_000;

/** Berth's own connection to one hosted cluster, with watches on what it keeps there. */
export class HostedCluster {
  readonly #informers: Informers;
  readonly #requests: CacheReader<SigningRequest>;
  readonly #policies: CacheReader<KubeObject>;

  constructor(
    readonly client: KubeClient,
    { changed, requested }: { changed: () => void; requested: () => void },
  ) {
    this.#informers = new Informers(client);
    for (const [resource, scope] of watched) {
      this.#informers.informer(resource, scope).cache.onChange(changed);
    }
    this.#requests = this.#informers.informer(resources.CertificateSigningRequest).cache;
    this.#requests.onChange(requested);
    this.#policies = this.#informers.informer(resources.NetworkPolicy).cache;
    this.#policies.onChange(changed);
  }

  /** Requests for certificates that nobody has decided on. */
  pendingCertificates(): SigningRequest[] {
    return this.#requests.list().filter((request) => !isDecided(request));
  }

  /**
   * Waits until the caches hold what is there: with empty ones everything would be applied again.
   * @throws KubeError `Unreachable` when the API server takes too long
   */
  async synced(): Promise<void> {
    const { timeoutMs } = PATIENCE;
    await this.#informers.synced(AbortSignal.timeout(timeoutMs)).catch((error: unknown) => {
      throw unreachable('LIST of what Berth keeps there', `no answer within ${timeoutMs / 1000} s`, error);
    });
  }

  /** Makes objects of watched kinds what they shall be, a few at a time; sends nothing for those that already are. */
  async ensure(objects: readonly KubeObject[], fieldManager: string): Promise<void> {
    await pMap(objects, (object) => this.#ensure(object, fieldManager), { concurrency: APPLIES_AT_ONCE });
  }

  async #ensure(object: KubeObject, fieldManager: string): Promise<void> {
    const cache = this.#cacheOf(object.kind);
    const labelled = { ...object.metadata.labels, [labels.managedBy]: 'berth' };
    const desired = { ...object, metadata: { ...object.metadata, labels: labelled } };
    await ensureApplied(this.client, cache, desired, { fieldManager, timeoutMs: APPLY_MS });
  }

  #cacheOf(kind: string): CacheReader<KubeObject> {
    const entry = watched.find(([resource]) => resource.kind === kind);
    if (!entry) throw new Error(`${kind} is not watched in hosted clusters`);
    return this.#informers.informer(...entry).cache;
  }

  /** The live object of a watched kind. */
  find({ kind, ...ref }: { kind: string } & ObjectRef): KubeObject | undefined {
    return this.#cacheOf(kind).get(ref);
  }

  /** Everybody's, whoever made them. */
  networkPolicies(): KubeObject[] {
    return this.#policies.list();
  }

  /** Whether any machine has joined. */
  async hasNodes(): Promise<boolean> {
    for await (const [node] of this.client.pages(resources.Node, { limit: 1 })) return node !== undefined;
    return false;
  }

  /** Removes what carries a label of ours but is not among `desired`. */
  async prune(label: string, desired: readonly KubeObject[]): Promise<void> {
    const wanted = new Set(desired.map(idOf));
    for (const [resource, scope] of watched) {
      for (const object of this.#informers.informer(resource, scope).cache.list()) {
        if (object.metadata.labels?.[label] === undefined || wanted.has(idOf(object))) continue;
        const { uid } = object.metadata;
        await this.client.delete(resource, object.metadata, { preconditions: { uid } });
      }
    }
  }

  async close(): Promise<void> {
    await this.#informers.close();
    await this.client.close();
  }
}

function idOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${keyOf(metadata)}`;
}

/** Called with a cluster's name. */
export interface HostedListener {
  /** Something of ours in the hosted cluster was changed. */
  changed: (cluster: string) => void;
  /** Somebody there asked for a certificate. */
  requested: (cluster: string) => void;
}

/** One connection for each hosted cluster, shared by all that talk to it. */
export class HostedClusters {
  /** `origin`: digest of what the connection was made from; another address or certificate makes another one. */
  readonly #opened = new Map<string, { origin: string; hosted: HostedCluster }>();

  constructor(private readonly listener: HostedListener) {}

  /**
   * The connection to a cluster, with caches that are filled.
   * @throws BerthError `HostedAccessMissing` while the certificate or the address is not there yet.
   * @throws KubeError `Unreachable`
   */
  async open(scope: ClusterScope): Promise<HostedCluster> {
    const hosted = await this.#connected(scope);
    await hosted.synced();
    return hosted;
  }

  async #connected(scope: ClusterScope): Promise<HostedCluster> {
    const access = accessOf(scope);
    const origin = digestOf(access);
    const opened = this.#opened.get(scope.name);
    if (opened?.origin === origin) return opened.hosted;
    await this.close(scope.name);
    const client = new KubeClient(await connectionBy(access), PATIENCE);
    const { changed, requested } = this.listener;
    const hosted = new HostedCluster(client, {
      changed: () => changed(scope.name),
      requested: () => requested(scope.name),
    });
    this.#opened.set(scope.name, { origin, hosted });
    return hosted;
  }

  /** The connection to a cluster, when there is one. */
  opened(cluster: string): HostedCluster | undefined {
    return this.#opened.get(cluster)?.hosted;
  }

  async close(cluster: string): Promise<void> {
    const opened = this.#opened.get(cluster);
    this.#opened.delete(cluster);
    await opened?.hosted.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((cluster) => this.close(cluster)));
  }
}

/**
 * Berth's way into the cluster of a pass, as the installation has it unless told.
 * @throws BerthError `HostedAccessMissing`
 */
export function accessOf(scope: ClusterScope, by = scope.services.installation.hostedAccess): HostedAccess {
  return hostedAccess({
    cluster: scope.name,
    status: scope.status,
    secret: scope.find(resources.Secret, ADMIN_SECRET),
    service: scope.find(resources.Service, API_SERVER_SERVICE),
    by,
  });
}
