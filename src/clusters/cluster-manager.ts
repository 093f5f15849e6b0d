import { type Clock, systemClock } from '../core/clock.js';
import { Jobs } from '../core/jobs.js';
import type { Logger } from '../core/logging.js';
import type { Metrics } from '../core/metrics.js';
import type { KubeClient } from '../kube/client.js';
import type { Informers } from '../kube/informers.js';
import type { LeaderWork } from '../kube/leader-work.js';
import { resources } from '../kube/resources.js';
import { Runner, type RunnerOptions } from '../kube/runner.js';
import { keyOf, type KubeObject, type Resource } from '../kube/types.js';
import { PRIORITY, WorkQueue } from '../kube/work-queue.js';
import type { Backup } from '../model/backup.js';
import type { Cluster } from '../model/cluster.js';
import { berthResources } from '../model/kinds.js';
import { clusterNamespace, labels } from '../model/names.js';
import type { Operation } from '../model/operation.js';
import { systemSource } from '../pki/keys.js';
import { backupPriority, BackupReconciler } from './backups/backup.reconciler.js';
import { BackupScheduleReconciler } from './backups/schedule.reconciler.js';
import { ClusterReconciler } from './cluster.reconciler.js';
import { DrillReconciler } from './drills/drill.reconciler.js';
import { EtcdCareReconciler } from './etcd/care.reconciler.js';
import { EtcdMembers } from './etcd-access.js';
import { FleetUpgradeReconciler } from './fleet/fleet-upgrade.reconciler.js';
import { isOver } from './fleet/progress.js';
import { HostedClusters } from './hosted-clusters.js';
import type { Installation } from './installation.js';
import { madeWayFor } from './making-way.js';
import { NodeCertificatesReconciler } from './node-certificates.reconciler.js';
import type { ClusterServices } from './scope.js';
import { UpgradeProbes } from './upgrades/probes.js';
import { ClusterWorld } from './world.js';

export interface ClusterManagerOptions {
  client: KubeClient;
  /** Whose caches are read; they live on when this stops, so that an API in the same process shares them. */
  informers: Informers;
  installation: Installation;
  logger: Logger;
  metrics: Metrics;
  /** Clusters worked on at once; 8 unless told. Each one costs a key generation and an API server that starts. */
  concurrency?: number;
  clock?: Clock;
}

/** Each holds a snapshot on the disk and sends it to the store. */
const BACKUPS_AT_ONCE = 2;
const BACKUP_MS = 60 * 60_000;
/** Changes of clusters within this time are looked at together. */
const FLEET_SETTLE_MS = 200;
/** Passes at once: each is short, and waits for clusters that are worked on elsewhere. */
const DRILLS_AT_ONCE = 4;
/** Each is a few calls, unless members rewrite their files one after the other. */
const ETCD_AT_ONCE = 4;
const ETCD_MS = 10 * 60_000;

/** What every cluster may depend on: a change of one of these has all clusters looked at again. */
const shared: ReadonlySet<Resource> = new Set<Resource>([
  berthResources.Plan,
  berthResources.ControlPlaneVersion,
  berthResources.Tenant,
  resources.Node,
  resources.Gateway,
]);

/** A pass writes dozens of objects, and each comes back as an event. */
const REST_MS = 50;

/** Runs the cluster reconciler in this process: caches, queue, workers. To be run by one process at a time. */
export class ClusterManager implements LeaderWork {
  readonly #queue: WorkQueue;
  readonly #certificates: WorkQueue;
  readonly #backups: WorkQueue;
  readonly #schedules: WorkQueue;
  readonly #fleets: WorkQueue;
  readonly #drills: WorkQueue;
  readonly #etcd: WorkQueue;
  readonly #jobs = new Jobs();
  readonly #probes: UpgradeProbes;
  readonly #clock: Clock;
  readonly #hosted = new HostedClusters({
    changed: (cluster) => this.#enqueue(cluster),
    requested: (cluster) => this.#certificates.add(keyOfCluster(cluster)),
  });
  #runners: Runner[] = [];
  #nodeAddresses = '';
  #stopListening: () => void = () => undefined;

  constructor(private readonly options: ClusterManagerOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#probes = new UpgradeProbes(this.#clock);
    this.#queue = new WorkQueue({ clock: options.clock, restMs: REST_MS });
    this.#certificates = new WorkQueue({ clock: options.clock });
    this.#backups = new WorkQueue({ clock: options.clock });
    this.#schedules = new WorkQueue({ clock: options.clock });
    this.#fleets = new WorkQueue({ clock: options.clock });
    this.#drills = new WorkQueue({ clock: options.clock });
    this.#etcd = new WorkQueue({ clock: options.clock });
  }

  /** Resolves when the caches are filled and the workers run. Throws the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, informers, installation, logger, metrics } = this.options;
    const { concurrency = 8 } = this.options;
    const clock = this.#clock;
    const world = await ClusterWorld.open(client, informers, signal);
    const services = {
      client,
      world,
      hosted: this.#hosted,
      etcd: new EtcdMembers(client),
      jobs: this.#jobs,
      requeue: (cluster: string) => this.#enqueue(cluster),
      probes: this.#probes,
      installation,
      pki: systemSource(clock),
      clock,
      log: logger,
    };
    this.#stopListening = world.onChange(({ resource, object, initial }) =>
      this.#route(world, resource, object, initial),
    );
    const common = { concurrency, clock, logger, metrics };
    this.#runners = this.#runnersOf(services).map((options) => new Runner({ ...common, ...options }));
    for (const runner of this.#runners) runner.start();
  }

  /**
   * Finishes what is under way, or aborts it after `graceMs` (10 s unless told); then closes the connections to hosted
   * clusters. Client and caches live on.
   */
  async stop(graceMs?: number): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#runners.map((runner) => runner.stop(graceMs)));
    this.#probes.forgetAll();
    await this.#jobs.forget('');
    await this.#hosted.closeAll();
  }

  #runnersOf(services: ClusterServices): RunnerOptions[] {
    const clusters = new ClusterReconciler(services);
    const certificates = new NodeCertificatesReconciler(services);
    const backups = new BackupReconciler(services);
    const schedules = new BackupScheduleReconciler(services);
    const fleets = new FleetUpgradeReconciler(services);
    const drills = new DrillReconciler(services);
    const etcd = new EtcdCareReconciler(services, this.options.metrics);
    return [
      {
        name: 'cluster',
        queue: this.#queue,
        reconcile: (key, context) => clusters.reconcile(key, context),
      },
      {
        name: 'node-certificates',
        queue: this.#certificates,
        reconcile: (key, context) => certificates.reconcile(key, context),
      },
      {
        name: 'backup',
        queue: this.#backups,
        concurrency: BACKUPS_AT_ONCE,
        timeoutMs: BACKUP_MS,
        reconcile: (key, context) => backups.reconcile(key, context),
      },
      {
        name: 'backup-schedule',
        queue: this.#schedules,
        concurrency: 1,
        reconcile: (key) => schedules.reconcile(key),
      },
      {
        name: 'fleet-upgrade',
        queue: this.#fleets,
        concurrency: 1,
        reconcile: (key) => fleets.reconcile(key),
      },
      {
        name: 'drill',
        queue: this.#drills,
        concurrency: DRILLS_AT_ONCE,
        reconcile: (key, context) => drills.reconcile(key, context),
      },
      {
        name: 'etcd',
        queue: this.#etcd,
        concurrency: ETCD_AT_ONCE,
        timeoutMs: ETCD_MS,
        reconcile: (key) => etcd.reconcile(key),
      },
    ];
  }

  #route(world: ClusterWorld, resource: Resource, object: KubeObject, initial: boolean): void {
    const priority = initial ? PRIORITY.low : PRIORITY.normal;
    if (resource === berthResources.FleetUpgrade) return this.#fleets.add(keyOf(object), { priority });
    if (resource === berthResources.Cluster) return this.#routeCluster(world, object as Cluster, initial);
    if (resource === berthResources.Backup) this.#routeBackup(object, priority);
    if (resource === berthResources.Operation) this.#routeOperation(object as Operation);
    const cluster = object.metadata.labels?.[labels.cluster];
    if (cluster) return this.#routeOwned(resource, object, { cluster, priority });
    if (!shared.has(resource) || initial || !this.#matters(world, resource)) return;
    for (const one of world.list(berthResources.Cluster))
      this.#queue.add(keyOf(one), { priority: PRIORITY.low });
  }

  /** One cluster that is through lets the next begin. */
  #wakeFleets(world: ClusterWorld): void {
    for (const fleet of world.list(berthResources.FleetUpgrade)) {
      const isDone = fleet.status !== undefined && isOver(fleet.status);
      if (!isDone) this.#fleets.add(keyOf(fleet), { priority: PRIORITY.low, afterMs: FLEET_SETTLE_MS });
    }
  }

  #routeCluster(world: ClusterWorld, cluster: Cluster, initial: boolean): void {
    this.#wakeFleets(world);
    const key = keyOf(cluster);
    this.#schedules.add(key, { priority: PRIORITY.low });
    if (initial || isNewsForEtcd(cluster)) this.#etcd.add(key, { priority: PRIORITY.low });
    this.#routeScratch(cluster);
    this.#queue.add(key, { priority: initial ? PRIORITY.low : PRIORITY.normal });
    for (const one of madeWayFor(cluster, world.list(berthResources.Cluster), this.#clock.now()))
      this.#queue.add(keyOf(one));
  }

  #routeOwned(
    resource: Resource,
    { metadata }: KubeObject,
    { cluster, priority }: { cluster: string; priority: number },
  ): void {
    // A member came or went.
    const isOfEtcd = resource === resources.Pod && metadata.labels?.[labels.component] === 'etcd';
    if (isOfEtcd) this.#etcd.add(keyOfCluster(cluster), { priority: PRIORITY.low });
    this.#enqueue(cluster, priority);
  }

  #routeBackup(object: KubeObject, priority: number): void {
    const backup = object as Backup;
    const { cluster } = backup.spec;
    this.#backups.add(keyOf(object), { priority: backupPriority(backup) });
    this.#schedules.add(keyOfCluster(cluster), { priority: PRIORITY.low });
    this.#enqueue(cluster, priority);
  }

  #routeOperation(operation: Operation): void {
    const { cluster, type } = operation.spec;
    if (type === 'Defragment') this.#etcd.add(keyOfCluster(cluster));
    if (type !== 'Drill') return;
    this.#drills.add(keyOf(operation));
    this.#schedules.add(keyOfCluster(cluster), { priority: PRIORITY.low });
  }

  /** One whose drill is gone goes too. */
  #routeScratch({ metadata }: KubeObject): void {
    const { [labels.drill]: drill, [labels.drillOf]: source } = metadata.labels ?? {};
    if (drill !== undefined && source !== undefined) this.#drills.add(`${clusterNamespace(source)}/${drill}`);
  }

  /** Nodes report in all the time; of them only the addresses of NodePorts matter. */
  #matters(world: ClusterWorld, resource: Resource): boolean {
    if (resource !== resources.Node) return true;
    const addresses = world.nodeAddresses().join();
    const changed = addresses !== this.#nodeAddresses;
    this.#nodeAddresses = addresses;
    return changed;
  }

  #enqueue(cluster: string, priority: number = PRIORITY.normal): void {
    this.#queue.add(keyOfCluster(cluster), { priority });
  }
}

function keyOfCluster(cluster: string): string {
  return `${clusterNamespace(cluster)}/${cluster}`;
}

/**
 * The first look at a cluster's etcd, and the last. In between, time and its pods bring the next one: a cluster's status
 * changes for many reasons, and each look asks every member.
 */
function isNewsForEtcd({ metadata, status }: Cluster): boolean {
  const isUnseen = status?.initializedAt !== undefined && status.etcd === undefined;
  return isUnseen || metadata.deletionTimestamp !== undefined;
}
