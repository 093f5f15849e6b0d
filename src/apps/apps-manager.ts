import { type Clock, systemClock } from '../core/clock.js';
import type { Logger } from '../core/logging.js';
import type { Metrics } from '../core/metrics.js';
import type { Installation } from '../clusters/installation.js';
import type { KubeClient } from '../kube/client.js';
import type { Informers } from '../kube/informers.js';
import type { LeaderWork } from '../kube/leader-work.js';
import { Runner } from '../kube/runner.js';
import { enqueueChanges } from '../kube/sources.js';
import { keyOf } from '../kube/types.js';
import { WorkQueue } from '../kube/work-queue.js';
import { clusterNamespace } from '../model/names.js';
import { AppClusters } from './instances/app-clusters.js';
import { AppsWorld, clusterOf, instanceKeyOf } from './instances/instance-world.js';
import { InstanceReconciler } from './instances/instance.reconciler.js';
import type { Renderer } from './releases/rendering.js';
import { RolloutReconciler } from './rollout/rollout.reconciler.js';

export interface AppsManagerOptions {
  client: KubeClient;
  /** Those of the process, so that every kind is read once. */
  informers: Informers;
  renderer: Renderer;
  hostedAccess: Installation['hostedAccess'];
  logger: Logger;
  metrics: Metrics;
  /** Instances worked on at once; 16 unless told. */
  concurrency?: number;
  clock?: Clock;
}

/** Changes of one instance within this time are looked at together. */
const SETTLE_MS = 50;
/** So are changes of what a rollout publishes: its status is large. */
const ROLLOUT_SETTLE_MS = 200;

/** Runs the reconcilers of applications in this process. To be run by one process at a time. */
export class AppsManager implements LeaderWork {
  readonly #instances: WorkQueue;
  readonly #rollouts: WorkQueue;
  #stopListening: (() => void)[] = [];
  #clusters?: AppClusters;
  #runners: Runner[] = [];

  constructor(private readonly options: AppsManagerOptions) {
    this.#instances = new WorkQueue({ clock: options.clock });
    this.#rollouts = new WorkQueue({ clock: options.clock });
  }

  /** Resolves when the caches are filled and the workers run. Throws the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, informers, renderer, hostedAccess, logger, metrics, concurrency = 16 } = this.options;
    const { clock = systemClock } = this.options;
    const world = new AppsWorld(informers);
    await informers.synced(signal);
    this.#clusters = new AppClusters({
      meta: client,
      hostedAccess,
      clock,
      changed: (cluster, instance) =>
        this.#instances.add(`${clusterNamespace(cluster)}/${instance}`, { afterMs: SETTLE_MS }),
    });
    this.#route(world);
    const services = { client, world, clusters: this.#clusters, renderer, clock };
    const instances = new InstanceReconciler(services);
    const rollouts = new RolloutReconciler(services);
    this.#runners = [
      new Runner({
        name: 'instance',
        queue: this.#instances,
        reconcile: (key, context) => instances.reconcile(key, context),
        concurrency,
        clock,
        logger,
        metrics,
      }),
      new Runner({
        name: 'rollout',
        queue: this.#rollouts,
        reconcile: (key) => rollouts.reconcile(key),
        concurrency: 4,
        clock,
        logger,
        metrics,
      }),
    ];
    for (const runner of this.#runners) runner.start();
  }

  /**
   * Finishes what is under way, or aborts it after `graceMs` (10 s unless told); then closes the connections to hosted
   * clusters. Client and caches live on.
   */
  async stop(graceMs?: number): Promise<void> {
    for (const stopListening of this.#stopListening) stopListening();
    await Promise.all(this.#runners.map((runner) => runner.stop(graceMs)));
    await this.#clusters?.closeAll();
  }

  #route(world: AppsWorld): void {
    this.#stopListening = [
      enqueueChanges(world.instances, this.#instances),
      enqueueChanges(world.rollouts, this.#rollouts),
      // One that is through lets the next begin.
      world.releases.onChange((change) => {
        const { rollout } = change.type === 'deleted' ? {} : change.object.spec.cause;
        const found = world.rollouts.list().find(({ metadata }) => metadata.name === rollout);
        if (found) this.#rollouts.add(keyOf(found), { afterMs: ROLLOUT_SETTLE_MS });
      }),
      world.instances.onChange((change) => {
        if (change.type !== 'deleted') return;
        const isLast = world.instances.list(change.old.metadata.namespace).length === 0;
        if (isLast) void this.#clusters?.forget(clusterOf(change.old));
      }),
      enqueueChanges(world.releases, this.#instances, (release) => [instanceKeyOf(release)]),
      enqueueChanges(world.clusters, this.#instances, ({ metadata }) =>
        world.instances.list(metadata.namespace).map((one) => `${metadata.namespace}/${one.metadata.name}`),
      ),
    ];
  }
}
