import type { Clock } from '../../core/clock.js';
import { stableStringify } from '../../core/digest.js';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { isConflict, isUnauthorized, isUnreachable } from '../../kube/kube-error.js';
import type { ReconcileContext, ReconcileResult } from '../../kube/runner.js';
import { findCondition, setCondition } from '../../model/conditions.js';
import type { Cluster } from '../../model/cluster.js';
import type { Instance, InstanceStatus } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { finalizers } from '../../model/names.js';
import type { Renderer } from '../releases/rendering.js';
import type { AppCluster } from './app-cluster.js';
import type { AppClusters } from './app-clusters.js';
import { dismantle } from './dismantle.js';
import type { AppsWorld } from './instance-world.js';
import { InstancePass } from './instance-pass.js';

export interface InstanceServices {
  client: KubeClient;
  world: AppsWorld;
  clusters: AppClusters;
  renderer: Renderer;
  clock: Clock;
}

/** A service that waits for another, or for a CRD, is looked at again after this. */
const WAITING_MS = 2_000;
/** What a person does in the meta-cluster may bring no event of a hosted one. */
const STALE_MS = 50;
const RESYNC_MS = 10 * 60_000;
/** Codes of errors that say nothing of the instance, and what its condition tells of them. */
const OFFLINE: ReadonlyMap<string, string> = new Map([
  ['ClusterUnreachable', 'ClusterUnreachable'],
  ['HostedAccessMissing', 'ClusterUnreachable'],
  ['ListUnderWay', 'ListUnderWay'],
]);

/** Brings one instance to what its releases say, and tells how it is. */
export class InstanceReconciler {
  constructor(private readonly services: InstanceServices) {}

  /** @param key `namespace/name` of an Instance. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<ReconcileResult> {
    const { world, clusters } = this.services;
    const instance = world.instances.get(key);
    if (!instance) return { kind: 'done' };
    const cluster = world.clusterOf(instance);
    if (!cluster || cluster.metadata.deletionTimestamp) return this.#release(instance);
    if (!cluster.status?.initializedAt)
      return this.#offline(instance, 'ClusterNotReady', 'the cluster is not ready yet');
    let hosted: AppCluster | undefined;
    try {
      hosted = await clusters.open(cluster);
      return await this.#pass(instance, cluster, hosted, signal);
    } catch (error) {
      // What this pass read was older than what it wrote before: the newer version is on its way.
      if (isConflict(error)) return { kind: 'requeue', afterMs: STALE_MS };
      const reason = offlineReason(error);
      if (reason === undefined) throw error;
      if (await this.#giveUp(instance, reason, hosted))
        await this.#offline(instance, reason, messageOf(error));
      // With its backoff in all cases: a dead cluster with many instances must not have all the workers.
      throw error;
    }
  }

  /**
   * Closes a connection that leads nowhere; one that still lists is kept, as a new one would begin anew. Answers whether
   * the reason says something new about the cluster: not when another instance had closed the connection before, nor
   * that a cluster which did not answer has not listed anything yet.
   */
  async #giveUp(instance: Instance, reason: string, hosted: AppCluster | undefined): Promise<boolean> {
    if (reason === 'ListUnderWay')
      return findCondition(instance.status?.conditions, 'Ready')?.reason !== 'ClusterUnreachable';
    return hosted === undefined || this.services.clusters.drop(hosted);
  }

  async #pass(
    instance: Instance,
    cluster: Cluster,
    hosted: AppCluster,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    if (instance.metadata.deletionTimestamp) {
      const releases = this.services.world.releasesOf(instance);
      await dismantle(hosted, instance, releases, signal);
      await this.#forget(instance);
      return this.#release(instance);
    }
    const kept = await this.#claim(instance);
    const pass = new InstancePass(kept, cluster, hosted, this.services);
    const { status, isWaiting } = await pass.run(signal);
    await this.#write(kept, status);
    return { kind: 'requeue', afterMs: isWaiting ? WAITING_MS : RESYNC_MS };
  }

  /** Nothing of an instance is applied before its deletion is ours to order. */
  async #claim(instance: Instance): Promise<Instance> {
    const held = instance.metadata.finalizers ?? [];
    if (held.includes(finalizers.instance)) return instance;
    const { resourceVersion } = instance.metadata;
    const metadata = { finalizers: [...held, finalizers.instance], resourceVersion };
    return this.services.client.patch(berthResources.Instance, instance.metadata, { metadata });
  }

  async #forget({ metadata }: Instance): Promise<void> {
    const { client, world } = this.services;
    const releases = [...world.releasesOf({ metadata }).values()].flat();
    for (const release of releases) await client.delete(berthResources.Release, release.metadata);
  }

  /** Lets the object go: what it deployed is gone, or the cluster is. */
  async #release(instance: Instance): Promise<ReconcileResult> {
    const held = instance.metadata.finalizers ?? [];
    if (!instance.metadata.deletionTimestamp || !held.includes(finalizers.instance)) return { kind: 'done' };
    const rest = held.filter((finalizer) => finalizer !== finalizers.instance);
    const { resourceVersion } = instance.metadata;
    await this.services.client.patch(berthResources.Instance, instance.metadata, {
      metadata: { finalizers: rest, resourceVersion },
    });
    return { kind: 'done' };
  }

  async #offline(instance: Instance, reason: string, message: string): Promise<ReconcileResult> {
    const { generation: observedGeneration } = instance.metadata;
    const unknown = { type: 'Ready', status: 'Unknown', reason, message, observedGeneration } as const;
    const { status = {} } = instance;
    await this.#write(instance, {
      ...status,
      conditions: setCondition(status.conditions, unknown, this.#now),
    });
    return { kind: 'done' };
  }

  async #write(instance: Instance, status: InstanceStatus): Promise<void> {
    const { generation: observedGeneration } = instance.metadata;
    const next: InstanceStatus = { ...instance.status, ...status, observedGeneration };
    if (stableStringify(next) === stableStringify(instance.status)) return;
    const { managedFields: _fields, ...metadata } = instance.metadata;
    await this.services.client.replace<Instance>(
      { ...instance, metadata, status: next },
      { subresource: 'status' },
    );
  }

  get #now(): Date {
    return new Date(this.services.clock.now());
  }
}

/** Why a hosted cluster cannot be worked with; undefined when something else is wrong. */
function offlineReason(error: unknown): string | undefined {
  if (isUnreachable(error) || isUnauthorized(error)) return 'ClusterUnreachable';
  return error instanceof BerthError ? OFFLINE.get(error.code) : undefined;
}
