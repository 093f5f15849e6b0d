import { Inject, Injectable } from '@nestjs/common';
import { authorize, type Verb } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { releasesByService } from '../../apps/instances/instance-world.js';
import { publishedOf } from '../../apps/instances/service-state.js';
import { autoscaled } from '../../apps/releases/placement.js';
import {
  type InstanceHistory,
  isDeployed,
  notDeployed,
  planPublish,
  storePublish,
} from '../../apps/releases/publishing.js';
import type { Renderer } from '../../apps/releases/rendering.js';
import { type Cause, draftRevisions } from '../../apps/revisions.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { mergePatch } from '../../core/merge-patch.js';
import { KubeClient } from '../../kube/client.js';
import { isAlreadyExists, isConflict } from '../../kube/kube-error.js';
import { resources } from '../../kube/resources.js';
import type { Cluster } from '../../model/cluster.js';
import { type Instance, type InstanceSpec, instanceSpec } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, clusterNamespace, labels } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import { HostedService } from '../clusters/hosted.service.js';
import { requestDeletion } from '../deletion.js';
import { sparingOurs } from '../patched-metadata.js';
import { isBoundTo, refusalOf } from '../preconditions.js';
import { invalid } from '../problem.js';
import { present } from '../resource-view.js';
import { CLOCK, RENDERER } from '../tokens.js';
import { fieldProblems } from '../validation.pipe.js';
import { Views } from '../views.js';
import type {
  DeleteInstanceQuery,
  InstanceCreation,
  InstancePatch,
  ReleaseRequest,
} from './instance-schemas.js';
import { specOf } from './new-instance.js';

const FIELD_MANAGER = 'berth-api';
const PATCH_ATTEMPTS = 5;

export interface InstanceAt {
  cluster: string;
  name: string;
}

export interface Released {
  releases: Release[];
  unchanged: string[];
  held: string[];
}

@Injectable()
export class InstanceService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly hosted: HostedService,
    @Inject(RENDERER) private readonly renderer: Renderer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws InstanceExists (409), and what a wrong reference is refused with (422). */
  async create(caller: Identity, clusterName: string, body: InstanceCreation): Promise<Instance> {
    const cluster = await this.#enter(caller, 'create', clusterName);
    const { name } = body.metadata;
    const { tenant } = cluster.spec;
    const spec = await specOf(this.client, tenant, name, body.spec);
    const own = { [labels.tenant]: tenant, [labels.application]: spec.application };
    const metadata = {
      ...body.metadata,
      namespace: clusterNamespace(clusterName),
      labels: { ...body.metadata.labels, ...own },
      annotations: { ...body.metadata.annotations, [annotations.createdBy]: caller.name },
    };
    try {
      const object: Instance = { apiVersion: API_VERSION, kind: 'Instance', metadata, spec };
      const created = await this.client.create(object, { fieldManager: FIELD_MANAGER });
      await draftRevisions.record(this.client, created, { user: caller.name });
      await this.views.instances.feed.arrival(created);
      return present(created);
    } catch (error) {
      throw isAlreadyExists(error) ? exists(name) : error;
    }
  }

  /** Changes the draft; nothing is published. */
  async patch(
    caller: Identity,
    at: InstanceAt,
    { reason, ...patch }: InstancePatch,
    ifMatch?: string,
  ): Promise<Instance> {
    await this.#enter(caller, 'patch', at.cluster, at.name);
    for (let attempt = 1; ; attempt++) {
      const live = await this.#read(at);
      const isBound = isBoundTo(live, ifMatch);
      changedSpec(live.spec, patch.spec ?? {});
      const { resourceVersion } = live.metadata;
      try {
        const metadata = sparingOurs(patch.metadata ?? {}, live.metadata);
        const body = { ...patch, metadata: { ...metadata, resourceVersion } };
        return await this.#write(live, body, { user: caller.name, reason });
      } catch (error) {
        if (isBound || !isConflict(error) || attempt === PATCH_ATTEMPTS) throw refusalOf(error, isBound);
      }
    }
  }

  /** Asks for the deletion; the reconciler takes everything away first. */
  async delete(
    caller: Identity,
    at: InstanceAt,
    { confirm, volumes }: DeleteInstanceQuery,
    ifMatch?: string,
  ): Promise<Instance> {
    await this.#enter(caller, 'delete', at.cluster, at.name);
    const live = await this.#read(at);
    const told = { [annotations.deleteVolumes]: volumes === 'delete' ? 'true' : null };
    const request = { confirm, ifMatch, by: caller.name, told };
    return requestDeletion(this.client, berthResources.Instance, live, request);
  }

  /** Publishes, takes away, restarts, scales or rolls back services. */
  async release(caller: Identity, at: InstanceAt, request: ReleaseRequest): Promise<Released> {
    await this.#enter(caller, 'patch', at.cluster, at.name);
    if (request.action === 'Scale') await this.#scale(caller, at, request);
    const { history } = await this.history(at);
    const parts = { client: this.client, renderer: this.renderer, clock: this.clock };
    const planned = await planPublish(parts, history, { ...request, user: caller.name });
    // Before its releases: one that is there without a hold would be undone by the next rollout.
    if (request.action === 'Rollback')
      await this.#hold(caller, at, [...planned.wanted.keys()], request.reason);
    const result = await storePublish(parts, history, planned);
    await Promise.all(result.releases.map((release) => this.views.releases.feed.arrival(release)));
    return { ...result, releases: result.releases.map(present) };
  }

  /** An instance with its releases. Throws InstanceNotFound, ClusterNotFound (404). */
  async history(at: InstanceAt): Promise<{ history: InstanceHistory; cluster: Cluster }> {
    const cluster = await this.#cluster(at.cluster);
    const instance = await this.#read(at);
    const { namespace } = instance.metadata;
    const own = this.views.releases
      .all()
      .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.instance === at.name);
    return { history: { instance, tenant: cluster.spec.tenant, releases: releasesByService(own) }, cluster };
  }

  /** As `history`, for whoever may read it. */
  async readable(caller: Identity, at: InstanceAt) {
    await this.#enter(caller, 'get', at.cluster, at.name);
    return this.history(at);
  }

  async #scale(
    caller: Identity,
    at: InstanceAt,
    { services, replicas, reason }: ReleaseRequest,
  ): Promise<void> {
    if (replicas === undefined || !services) {
      throw invalid([
        { path: replicas === undefined ? 'replicas' : 'services', message: 'is needed to scale' },
      ]);
    }
    const drafts = Object.fromEntries(services.map((service) => [service, { replicas }]));
    await this.#refuseScaling(at, services);
    await this.#write(await this.#read(at), { spec: { services: drafts } }, { user: caller.name, reason });
  }

  /** Before the draft is changed: a number that an autoscaler would change back, and services that are not there. */
  async #refuseScaling(at: InstanceAt, services: readonly string[]): Promise<void> {
    const { history, cluster } = await this.history(at);
    const { namespace } = history.instance.spec;
    const missing = services.find((service) => !isDeployed(history.releases.get(service) ?? []));
    if (missing !== undefined) throw notDeployed(missing);
    // A cluster that does not answer is not asked: its autoscalers have their way when it does.
    const { items } = await this.hosted
      .within(cluster, (client) => client.list(resources.HorizontalPodAutoscaler, { namespace }))
      .catch(unlessAway);
    for (const service of services) {
      const inventory = publishedOf(history.releases.get(service) ?? [])?.status?.inventory ?? [];
      const own = inventory.map(({ kind, name }) => `${kind}/${name}`);
      const scaler = items.find((one) => own.some((workload) => autoscaled([one]).has(workload)));
      if (scaler) throw scaledByAutoscaler(service, scaler.metadata.name);
    }
  }

  /** A rollback stays: rollouts and triggers leave the service alone until somebody lifts the hold. */
  async #hold(
    caller: Identity,
    at: InstanceAt,
    held: readonly string[],
    reason = 'rolled back',
  ): Promise<void> {
    if (held.length === 0) return;
    const hold = { by: caller.name, reason, since: new Date(this.clock.now()).toISOString() };
    const services = Object.fromEntries(held.map((service) => [service, { hold }]));
    await this.#write(await this.#read(at), { spec: { services } }, { user: caller.name, reason });
  }

  async #write(live: Instance, body: object, cause: Cause): Promise<Instance> {
    const options = { fieldManager: FIELD_MANAGER };
    await draftRevisions.recordUnseen(this.client, live);
    const changed = await this.client.patch(berthResources.Instance, live.metadata, body, options);
    if (changed.metadata.generation !== live.metadata.generation)
      await draftRevisions.record(this.client, changed, cause);
    await this.views.instances.feed.arrival(changed);
    return present(changed);
  }

  #read({ cluster, name }: InstanceAt): Promise<Instance> {
    return this.views.instances.read({ namespace: clusterNamespace(cluster), name });
  }

  #cluster(name: string): Promise<Cluster> {
    return this.views.clusters.read({ namespace: clusterNamespace(name), name });
  }

  async #enter(caller: Identity, verb: Verb, clusterName: string, name?: string): Promise<Cluster> {
    const cluster = await this.#cluster(clusterName);
    authorize(caller, verb, { resource: 'instances', name, tenant: cluster.spec.tenant });
    return cluster;
  }
}

function changedSpec(before: InstanceSpec, patch: object): InstanceSpec {
  const result = instanceSpec.safeParse(mergePatch(before, patch));
  if (!result.success) throw invalid(fieldProblems(result.error, ['spec']));
  const fixed = (['application', 'namespace'] as const).filter(
    (field) => result.data[field] !== before[field],
  );
  if (fixed.length === 0) return result.data;
  throw new BerthError('ImmutableField', `${fixed.join(' and ')} of an instance cannot be changed.`, {
    status: 422,
    fields: fixed.map((field) => ({
      path: `spec.${field}`,
      message: 'cannot be changed',
      code: 'ImmutableField',
    })),
    next: 'Make another instance.',
  });
}

function exists(name: string): BerthError {
  return new BerthError('InstanceExists', `There is an instance "${name}" already.`, {
    status: 409,
    fields: [{ path: 'metadata.name', message: 'is taken' }],
    next: 'Choose another name, or change what is there.',
  });
}

function unlessAway(error: unknown): { items: [] } {
  if (error instanceof BerthError && error.transient) return { items: [] };
  throw error;
}

function scaledByAutoscaler(service: string, autoscaler: string): BerthError {
  return new BerthError(
    'ScaledByAutoscaler',
    `HorizontalPodAutoscaler "${autoscaler}" sets the number of pods of service "${service}".`,
    {
      status: 409,
      next: 'Change minReplicas and maxReplicas of the autoscaler, in the template or by an override.',
    },
  );
}
