import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { Clock } from '../../core/clock.js';
import type { Config } from '../../core/config.js';
import { stableStringify } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import { hostNameOf } from '../../exposure/hosts.js';
import { KubeClient } from '../../kube/client.js';
import { isAlreadyExists, isConflict } from '../../kube/kube-error.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { type Cluster, type ClusterSpec, clusterSpec } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, clusterNamespace } from '../../model/names.js';
import type { Saved } from '../saved.interceptor.js';
import { requestDeletion } from '../deletion.js';
import { mergePatch } from '../../core/merge-patch.js';
import { sparingOurs } from '../patched-metadata.js';
import { isBoundTo, refusalOf } from '../preconditions.js';
import { invalid } from '../problem.js';
import { present } from '../resource-view.js';
import type { ClusterCreation, ClusterPatch } from '../schemas.js';
import { CLOCK, CONFIG } from '../tokens.js';
import { traceAnnotation } from '../trace-annotation.js';
import { fieldProblems } from '../validation.pipe.js';
import { Views } from '../views.js';
import { admitChangedCluster, admitNewCluster, hostTaken, refuseTakenHost } from './cluster-admission.js';
import { claimNamespace } from './cluster-namespace.js';
import { newCluster, requestDigest } from './new-cluster.js';
import { PodNetworks } from './pod-networks.js';

const FIELD_MANAGER = 'berth-api';
/** Attempts of a change without If-Match when others change the object at the same time. */
const PATCH_ATTEMPTS = 5;

export interface CreateOptions {
  dryRun?: boolean;
  prepare?: (cluster: Cluster) => Promise<void>;
}

@Injectable()
export class ClusterService {
  /** Hosts of clusters being created by this process: not in the cache yet, but taken. */
  readonly #reserved = new Map<string, string>();
  readonly #podNetworks: PodNetworks;

  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#podNetworks = new PodNetworks(config.podNetworks);
  }

  /**
   * Creates the namespace and the Cluster. The same request again answers with the cluster it made, and finishes
   * what a crash between the two left. Throws what admission throws; ClusterExists, ClusterDeleting,
   * NamespaceTaken, HostTaken, NoPodNetworkLeft (409).
   * @param prepare puts into the namespace what has to be there before the cluster is; it may find parts of it there.
   */
  async create(
    caller: Identity,
    body: ClusterCreation,
    { dryRun = false, prepare }: CreateOptions = {},
  ): Promise<Saved<Cluster>> {
    const { name } = body.metadata;
    authorize(caller, 'create', { resource: 'clusters', tenant: body.spec.tenant });
    const existing = await this.#find(name);
    if (existing) return { answer: present(sameRequest(existing, body)), isNew: false };
    using held = new DisposableStack();
    const network = held.use(this.#podNetworks.take(this.views.clusters.all(), body.spec.network.podCIDR));
    const desired = newCluster(body, { createdBy: caller.name, podCIDR: network.cidr });
    admitNewCluster(desired.spec, await this.#world(desired.spec));
    held.use(this.#takeHost(desired));
    refuseTakenHost(desired, this.views.clusters.all(), this.config.exposure.domain);
    const accepted = await this.#rehearse(desired);
    if (dryRun) return { answer: accepted, isNew: false };
    await claimNamespace(this.client, desired);
    await prepare?.(desired);
    return await this.#store(body, desired, held);
  }

  /** Changes labels, annotations and the fields of the spec that may change. */
  async patch(caller: Identity, name: string, patch: ClusterPatch, ifMatch?: string): Promise<Cluster> {
    for (let attempt = 1; ; attempt++) {
      const live = await this.views.clusters.read(refTo(name));
      authorize(caller, 'patch', { resource: 'clusters', name, tenant: live.spec.tenant });
      const isBound = isBoundTo(live, ifMatch);
      refuseDeleting(live);
      const spec = changedSpec(live.spec, patch);
      admitChangedCluster(live, spec, await this.#world(spec, live.spec.plan));
      try {
        const asked = sparingOurs(patch.metadata ?? {}, live.metadata);
        const metadata = withChangedBy(asked, live, spec, caller.name);
        return await this.#patch(live, { metadata, spec: patch.spec });
      } catch (error) {
        if (isBound || !isConflict(error) || attempt === PATCH_ATTEMPTS) throw refusalOf(error, isBound);
      }
    }
  }

  /** Asks for the deletion; the reconciler stops the masters and removes the namespace. */
  async delete(caller: Identity, name: string, confirm?: string, ifMatch?: string): Promise<Cluster> {
    const live = await this.views.clusters.read(refTo(name));
    authorize(caller, 'delete', { resource: 'clusters', name, tenant: live.spec.tenant });
    return requestDeletion(this.client, berthResources.Cluster, live, { confirm, ifMatch, by: caller.name });
  }

  /** What the API server would make of it; refused here, nothing is left half-made. */
  async #rehearse(desired: Cluster): Promise<Cluster> {
    const { namespace, ...metadata } = desired.metadata;
    // The cluster's own namespace is not there yet.
    const elsewhere = { ...desired, metadata: { ...metadata, namespace: 'default' } };
    const accepted = await this.client.create(elsewhere, { fieldManager: FIELD_MANAGER, dryRun: true });
    const { uid: _uid, resourceVersion: _version, ...rest } = present(accepted).metadata;
    return { ...accepted, metadata: { ...rest, namespace } };
  }

  async #store(body: ClusterCreation, desired: Cluster, held: DisposableStack): Promise<Saved<Cluster>> {
    try {
      const cluster = await this.client.create(desired, { fieldManager: FIELD_MANAGER });
      this.#holdUntilSeen(cluster, held.move());
      await this.views.clusters.feed.arrival(cluster);
      return { answer: present(cluster), isNew: true };
    } catch (error) {
      const existing = isAlreadyExists(error) ? await this.#find(desired.metadata.name) : undefined;
      if (!existing) throw error;
      return { answer: present(sameRequest(existing, body)), isNew: false };
    }
  }

  async #patch(live: Cluster, patch: { metadata?: object; spec?: object }): Promise<Cluster> {
    const { resourceVersion } = live.metadata;
    const body = {
      metadata: { ...patch.metadata, resourceVersion },
      ...(patch.spec && { spec: patch.spec }),
    };
    const options = { fieldManager: FIELD_MANAGER };
    const changed = await this.client.patch(berthResources.Cluster, live.metadata, body, options);
    await this.views.clusters.feed.arrival(changed);
    return present(changed);
  }

  /** No other creation of this process gets the host before the answer is disposed of. Throws HostTaken (409). */
  #takeHost(cluster: Cluster): Disposable {
    const host = hostNameOf(cluster, this.config.exposure.domain);
    const { name } = cluster.metadata;
    const holder = this.#reserved.get(host);
    if (holder !== undefined && holder !== name) throw hostTaken(host, holder);
    // The same request twice at once: the first one holds it for both.
    if (holder === name) return { [Symbol.dispose]: () => undefined };
    this.#reserved.set(host, name);
    return { [Symbol.dispose]: () => void this.#reserved.delete(host) };
  }

  /** What a new cluster took is seen by later requests once it is in the cache; the answer does not wait for that. */
  #holdUntilSeen(cluster: Cluster, held: DisposableStack): void {
    void this.views.clusters.feed.seen(cluster).then(() => held.dispose());
  }

  async #find(name: string): Promise<Cluster | undefined> {
    return this.client.find(berthResources.Cluster, refTo(name));
  }

  async #world(spec: ClusterSpec, before: string = spec.plan) {
    const { Plan, Tenant } = berthResources;
    const [plan, planBefore, tenant] = await Promise.all([
      this.#lookUp(Plan, this.views.plans, spec.plan),
      this.#lookUp(Plan, this.views.plans, before),
      this.#lookUp(Tenant, this.views.tenants, spec.tenant),
    ]);
    const versions = this.views.versions.all();
    return { plan, planBefore, tenant, versions, now: new Date(this.clock.now()) };
  }

  /** From the cache, or, made a moment ago by another process, from the API server. */
  async #lookUp<T extends KubeObject>(
    resource: Resource<T>,
    view: { feed: { objects: { get(ref: string): T | undefined } } },
    name: string,
  ): Promise<T | undefined> {
    return view.feed.objects.get(name) ?? (await this.client.find(resource, { name }));
  }
}

/** Says whose the change is. The generation tells a later change by other means, which says nothing, from this one. */
function withChangedBy(
  metadata: ClusterPatch['metadata'],
  live: Cluster,
  spec: ClusterSpec,
  user: string,
): ClusterPatch['metadata'] {
  if (stableStringify(live.spec) === stableStringify(spec)) return metadata;
  const generation = (live.metadata.generation ?? 0) + 1;
  return {
    ...metadata,
    annotations: {
      ...metadata?.annotations,
      ...traceAnnotation(),
      [annotations.changedBy]: `${generation} ${user}`,
    },
  };
}

function refTo(name: string) {
  return { namespace: clusterNamespace(name), name };
}

/** The cluster that is there when this request made it. Throws ClusterDeleting or ClusterExists (409). */
function sameRequest(existing: Cluster, body: ClusterCreation): Cluster {
  refuseDeleting(existing);
  if (existing.metadata.annotations?.[annotations.requestDigest] === requestDigest(body)) return existing;
  const { name } = existing.metadata;
  throw new BerthError('ClusterExists', `There is a cluster "${name}" already, made by another request.`, {
    status: 409,
    fields: [{ path: 'metadata.name', message: 'is taken' }],
    next: 'Choose another name, or change the cluster that is there with PATCH.',
  });
}

function refuseDeleting({ metadata }: Cluster): void {
  if (!metadata.deletionTimestamp) return;
  throw new BerthError('ClusterDeleting', `Cluster "${metadata.name}" is being deleted.`, {
    status: 409,
    next: 'Wait until it is gone, then create it again.',
  });
}

function changedSpec(before: ClusterSpec, patch: ClusterPatch): ClusterSpec {
  const result = clusterSpec.safeParse(mergePatch(before, patch.spec ?? {}));
  if (result.success) return result.data;
  throw invalid(fieldProblems(result.error, ['spec']));
}
