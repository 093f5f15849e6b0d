import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import { KubeClient } from '../kube/client.js';
import { Informers } from '../kube/informers.js';
import type { KubeObject, Resource } from '../kube/types.js';
import { berthResources } from '../model/kinds.js';
import type { Instance } from '../model/instance.js';
import type { Release } from '../model/release.js';
import type { Rollout } from '../model/rollout.js';
import type { Application } from '../model/application.js';
import type { Backup } from '../model/backup.js';
import type { Cluster } from '../model/cluster.js';
import type { Config } from '../model/config.js';
import type { ControlPlaneVersion } from '../model/control-plane-version.js';
import type { FleetUpgrade } from '../model/fleet-upgrade.js';
import type { Operation } from '../model/operation.js';
import type { Plan } from '../model/plan.js';
import type { Template } from '../model/template.js';
import type { Tenant } from '../model/tenant.js';
import { EventStreams } from './event-stream.js';
import { Feed } from './feed.js';
import { ResourceView, type ResourceViewOptions } from './resource-view.js';
import { CLOCK } from './tokens.js';

type Searched<T extends KubeObject> = ResourceViewOptions<T>['searched'];

/** The read side of every kind the API serves. */
@Injectable()
export class Views implements OnApplicationBootstrap {
  readonly tenants: ResourceView<Tenant>;
  readonly plans: ResourceView<Plan>;
  readonly versions: ResourceView<ControlPlaneVersion>;
  readonly clusters: ResourceView<Cluster>;
  readonly operations: ResourceView<Operation>;
  readonly instances: ResourceView<Instance>;
  readonly releases: ResourceView<Release>;
  readonly rollouts: ResourceView<Rollout>;
  readonly fleetUpgrades: ResourceView<FleetUpgrade>;
  readonly templates: ResourceView<Template>;
  readonly configs: ResourceView<Config>;
  readonly applications: ResourceView<Application>;
  readonly backups: ResourceView<Backup>;

  constructor(client: KubeClient, informers: Informers, streams: EventStreams, @Inject(CLOCK) clock: Clock) {
    const view = <T extends KubeObject>(resource: Resource<T>, searched: Searched<T>) => {
      const feed = new Feed<T>(informers.informer(resource), { clock });
      return new ResourceView<T>({ resource, feed, client, streams, searched });
    };
    this.tenants = view(berthResources.Tenant, ({ metadata, spec }) => [metadata.name, spec.displayName]);
    this.plans = view(berthResources.Plan, ({ metadata, spec }) => [
      metadata.name,
      spec.displayName,
      spec.description,
    ]);
    this.versions = view(berthResources.ControlPlaneVersion, ({ metadata, spec }) => [
      metadata.name,
      spec.kubernetesVersion,
      spec.channel,
      spec.description,
    ]);
    this.clusters = view(berthResources.Cluster, ({ metadata, spec, status }) => [
      metadata.name,
      spec.displayName,
      spec.tenant,
      spec.version,
      status?.endpoint?.host,
    ]);
    this.instances = view(berthResources.Instance, ({ metadata, spec }) => [
      metadata.name,
      spec.application,
      spec.namespace,
    ]);
    this.releases = view(berthResources.Release, ({ metadata, spec }) => [
      metadata.name,
      spec.cause.user,
      spec.cause.reason,
    ]);
    this.rollouts = view(berthResources.Rollout, ({ metadata, spec }) => [metadata.name, spec.cause.reason]);
    this.fleetUpgrades = view(berthResources.FleetUpgrade, ({ metadata, spec }) => [
      metadata.name,
      spec.version,
      spec.cause.reason,
    ]);
    this.operations = view(berthResources.Operation, ({ metadata, spec, status }) => [
      metadata.name,
      spec.type,
      spec.cluster,
      spec.cause.user,
      status?.message,
    ]);
    this.templates = view(berthResources.Template, described);
    this.configs = view(berthResources.Config, described);
    this.applications = view(berthResources.Application, (application) => [
      ...described(application),
      application.spec.template.name,
    ]);
    this.backups = view(berthResources.Backup, ({ metadata, spec, status }) => [
      metadata.name,
      spec.cluster,
      spec.description,
      status?.message,
    ]);
  }

  /** Whether everything has been read once. */
  get synced(): boolean {
    return this.#all.every(({ feed }) => feed.synced);
  }

  get #all() {
    return [
      this.tenants,
      this.plans,
      this.versions,
      this.clusters,
      this.operations,
      this.instances,
      this.releases,
      this.rollouts,
      this.fleetUpgrades,
      this.templates,
      this.configs,
      this.applications,
      this.backups,
    ];
  }

  onApplicationBootstrap(): void {
    // Not awaited: the process answers /livez and says on /readyz what is missing while the meta-cluster is away.
    for (const { feed } of this.#all) void feed.start();
  }
}

interface Described extends KubeObject {
  spec: { displayName?: string; description?: string };
}

const described = ({ metadata, spec }: Described) => [metadata.name, spec.displayName, spec.description];
