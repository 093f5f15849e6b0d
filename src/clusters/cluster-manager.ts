import { type Clock, systemClock } from '../core/clock.js';
import type { Logger } from '../core/logging.js';
import type { Metrics } from '../core/metrics.js';
import type { KubeClient } from '../kube/client.js';
import type { Informers } from '../kube/informers.js';
import { resources } from '../kube/resources.js';
import { Runner } from '../kube/runner.js';
import { keyOf, type KubeObject, type Resource } from '../kube/types.js';
import { PRIORITY, WorkQueue } from '../kube/work-queue.js';
import { berthResources } from '../model/kinds.js';
import { clusterNamespace, labels } from '../model/names.js';
import { systemSource } from '../pki/keys.js';
import { ClusterReconciler } from './cluster.reconciler.js';
import { HostedClusters } from './hosted-clusters.js';
import type { Installation } from './installation.js';
import { NodeCertificatesReconciler } from './node-certificates.reconciler.js';
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

/** What every cluster may depend on: a change of one of these has all clusters looked at again. */
const shared: ReadonlySet<Resource> = new Set<Resource>([
  berthResources.Plan,
  berthResources.ControlPlaneVersion,
  berthResources.Tenant,
  resources.Node,
  resources.Gateway,
]);

/** Runs the cluster reconciler in this process: caches, queue, workers. To be run by one process at a time. */
export class ClusterManager {
  readonly #queue: WorkQueue;
  readonly #certificates: WorkQueue;
  readonly #hosted = new HostedClusters({
    changed: (cluster) => this.#enqueue(cluster),
    requested: (cluster) => this.#certificates.add(keyOfCluster(cluster)),
  });
  #runners: Runner[] = [];
  #nodeAddresses = '';
  #stopListening: () => void = () => undefined;

  constructor(private readonly options: ClusterManagerOptions) {
    this.#queue = new WorkQueue({ clock: options.clock });
    this.#certificates = new WorkQueue({ clock: options.clock });
  }

  /** Resolves when the caches are filled and the workers run. Throws the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, informers, installation, logger, metrics } = this.options;
    const { concurrency = 8, clock = systemClock } = this.options;
    const world = await ClusterWorld.open(client, informers, signal);
    const services = {
      client,
      world,
      hosted: this.#hosted,
      installation,
      pki: systemSource(clock),
      clock,
      log: logger,
    };
    const reconciler = new ClusterReconciler(services);
    this.#stopListening = world.onChange(({ resource, object, initial }) =>
      this.#route(world, resource, object, initial),
    );
    const certificates = new NodeCertificatesReconciler(services);
    const common = { concurrency, clock, logger, metrics };
    this.#runners = [
      new Runner({
        ...common,
        name: 'cluster',
        queue: this.#queue,
        reconcile: (key, context) => reconciler.reconcile(key, context),
      }),
      new Runner({
        ...common,
        name: 'node-certificates',
        queue: this.#certificates,
        reconcile: (key, context) => certificates.reconcile(key, context),
      }),
    ];
    for (const runner of this.#runners) runner.start();
  }

  /** Finishes what is under way, then closes the connections to hosted clusters. Client and caches live on. */
  async stop(): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#runners.map((runner) => runner.stop()));
    await this.#hosted.closeAll();
  }

  #route(world: ClusterWorld, resource: Resource, object: KubeObject, initial: boolean): void {
    const priority = initial ? PRIORITY.low : PRIORITY.normal;
    if (resource === berthResources.Cluster) return this.#queue.add(keyOf(object), { priority });
    const cluster = object.metadata.labels?.[labels.cluster];
    if (cluster) return this.#enqueue(cluster, priority);
    if (!shared.has(resource) || initial || !this.#matters(world, resource)) return;
    for (const one of world.list(berthResources.Cluster))
      this.#queue.add(keyOf(one), { priority: PRIORITY.low });
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
