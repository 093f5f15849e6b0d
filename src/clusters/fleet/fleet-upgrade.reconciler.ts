import { stableStringify } from '../../core/digest.js';
import { isConflict, isNotFound } from '../../kube/kube-error.js';
import { done, type ReconcileResult } from '../../kube/runner.js';
import type { Cluster } from '../../model/cluster.js';
import type { FleetTarget, FleetUpgrade, FleetUpgradeStatus } from '../../model/fleet-upgrade.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import { FIELD_MANAGER, type ClusterServices } from '../scope.js';
import { type Due, dueTargets, isOver, isUnderWay, startStatus, summarised } from './progress.js';
import { takingBack, upgrading } from './requests.js';
import { begun, watched } from './target.js';

const STALE_MS = 50;
/** Clusters whose turn has come are begun within this; changes of clusters bring it sooner. */
const PERIOD_MS = 10_000;
/** Windows that open later than this are looked at again on the way. */
const LONGEST_MS = 3600_000;

type FleetServices = Pick<ClusterServices, 'client' | 'clock' | 'world'>;

/**
 * Upgrades many clusters: some at once, wave by wave, in their windows, none once too many have failed. What shall be
 * done with a cluster is written down before it is done, so that a crash between the two repeats, and never forgets.
 */
export class FleetUpgradeReconciler {
  constructor(private readonly services: FleetServices) {}

  /** @param key name of a FleetUpgrade. */
  async reconcile(key: string): Promise<ReconcileResult> {
    const fleet = this.services.world.find(berthResources.FleetUpgrade, { name: key });
    if (!fleet || fleet.metadata.deletionTimestamp) return done;
    try {
      return await this.#advance(fleet);
    } catch (error) {
      // What this pass read was older than what it wrote before: the newer version is on its way.
      if (isConflict(error)) return { kind: 'requeue', afterMs: STALE_MS };
      if (isNotFound(error)) return done;
      throw error;
    }
  }

  async #advance(fleet: FleetUpgrade): Promise<ReconcileResult> {
    const { world } = this.services;
    const { spec } = fleet;
    const before = fleet.status ?? startStatus(spec, world.list(berthResources.Cluster), this.#now);
    if (isOver(before)) return done;
    const now = this.#now;
    const seen = before.targets.map((target) =>
      isUnderWay(target) ? watched(target, this.#cluster(target), spec, now) : target,
    );
    const status = summarised(spec, { ...before, targets: seen });
    const due =
      spec.command === 'Run' ? dueTargets(spec, status, (name) => this.#clusterOf(name), now) : idle;
    const chosen = new Set(due.targets);
    const targets = seen.map((target) =>
      chosen.has(target) ? begun(target, this.#cluster(target), spec, now) : target,
    );
    const planned = toldBy(due, summarised(spec, { ...status, targets }), now);
    const written = await this.#write(fleet, planned);
    await this.#write(written, { ...planned, targets: await this.#request(written, planned.targets) });
    return this.#next(planned, due);
  }

  /** Has the clusters asked for what is written down. */
  async #request(fleet: FleetUpgrade, targets: readonly FleetTarget[]): Promise<FleetTarget[]> {
    return Promise.all(
      targets.map(async (target) => {
        const cluster = this.#cluster(target);
        if (!cluster) return target;
        if (target.phase === 'Upgrading' && target.generation === undefined) {
          return { ...target, generation: await this.#patch(cluster, upgrading(fleet, cluster)) };
        }
        if (target.phase === 'TakingBack') await this.#patch(cluster, takingBack(fleet, cluster, target));
        return target;
      }),
    );
  }

  /** Answers the generation that came of it. Nothing is sent when the cluster is asked for it already. */
  async #patch(cluster: Cluster, body: object | undefined): Promise<number | undefined> {
    if (!body) return cluster.metadata.generation;
    const options = { fieldManager: FIELD_MANAGER };
    const { client } = this.services;
    const { metadata } = await client.patch(berthResources.Cluster, cluster.metadata, body, options);
    return metadata.generation;
  }

  async #write(fleet: FleetUpgrade, status: FleetUpgradeStatus): Promise<FleetUpgrade> {
    if (stableStringify(fleet.status) === stableStringify(status)) return fleet;
    const { resourceVersion } = fleet.metadata;
    // A merge patch drops only what is null.
    const { message = null, finishedAt = null } = status;
    const body = { metadata: { resourceVersion }, status: { ...status, message, finishedAt } };
    return this.services.client.patch(berthResources.FleetUpgrade, fleet.metadata, body, {
      subresource: 'status',
    });
  }

  #next(status: FleetUpgradeStatus, { nextAt }: Due): ReconcileResult {
    if (isOver(status)) return done;
    if (status.targets.some(isUnderWay)) return { kind: 'requeue', afterMs: PERIOD_MS };
    if (status.phase === 'Running') return { kind: 'requeue', afterMs: STALE_MS };
    if (!nextAt) return done;
    const afterMs = nextAt.getTime() - this.services.clock.now();
    return { kind: 'requeue', afterMs: Math.max(0, Math.min(afterMs, LONGEST_MS)) };
  }

  #cluster({ cluster }: FleetTarget): Cluster | undefined {
    return this.#clusterOf(cluster);
  }

  #clusterOf(name: string): Cluster | undefined {
    return this.services.world.find(berthResources.Cluster, { namespace: clusterNamespace(name), name });
  }

  get #now(): Date {
    return new Date(this.services.clock.now());
  }
}

const idle: Due = { targets: [] };

/** With what it waits for, and with its end. */
function toldBy({ message }: Due, status: FleetUpgradeStatus, now: Date): FleetUpgradeStatus {
  const { message: _before, ...rest } = status;
  const waits = message !== undefined && status.phase === 'Running' && !status.targets.some(isUnderWay);
  return {
    ...rest,
    ...(message !== undefined && !isOver(status) && { message }),
    ...(waits && { phase: 'Waiting' }),
    ...(isOver(status) && { finishedAt: now.toISOString() }),
  };
}
