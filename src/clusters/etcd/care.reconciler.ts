import { memberNames } from '../../control-plane/etcd/members.js';
import { listValues, parseArguments } from '../../control-plane/arguments.js';
import type { Workload } from '../../control-plane/component.js';
import { stableStringify } from '../../core/digest.js';
import type { Metrics } from '../../core/metrics.js';
import { isConflict, isNotFound } from '../../kube/kube-error.js';
import { resources } from '../../kube/resources.js';
import { done, type ReconcileResult } from '../../kube/runner.js';
import { refOf } from '../../kube/types.js';
import type { Cluster, EtcdStatus } from '../../model/cluster.js';
import { setCondition } from '../../model/conditions.js';
import { berthResources } from '../../model/kinds.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import type { ClusterServices } from '../scope.js';
import { carePlan, conditionOf, etcdStatusOf, hasRoom, isFull, needsAttention } from './care-plan.js';
import { Defragmentations, type Turn } from './defragmentations.js';
import { EtcdMetrics } from './etcd-metrics.js';
import { differingMembers } from './hashes.js';
import { isLeader, leaderLast, type Observation, observe } from './observation.js';

const RESYNC_MS = 5 * 60_000;
const ATTENTION_MS = 15_000;
const CONFLICT_MS = 1_000;
/** Sizes change all the time: a status that tells nothing else is written this often only. */
const WRITE_ANYWAY_MS = 15 * 60_000;

/**
 * Looks after the etcd of hosted clusters that run: health, alarms, quota, free pages, and that members hold the same.
 * Who the members are is the cluster reconciler's.
 */
export class EtcdCareReconciler {
  readonly #metrics: EtcdMetrics;
  readonly #asked: Defragmentations;

  constructor(
    private readonly services: ClusterServices,
    metrics: Metrics,
  ) {
    this.#metrics = new EtcdMetrics(metrics);
    this.#asked = new Defragmentations(services);
  }

  /** @param key `namespace/name` of a Cluster. */
  async reconcile(key: string): Promise<ReconcileResult> {
    const { world } = this.services;
    const { namespace = '', name } = refOf(key);
    const cluster = world.find(berthResources.Cluster, { namespace, name });
    if (!cluster || cluster.metadata.deletionTimestamp) {
      this.#metrics.forget(name);
      return done;
    }
    const workload = world.find(resources.StatefulSet, { namespace, name: ETCD_SERVICE }) as
      Workload | undefined;
    if (cluster.status?.initializedAt === undefined) return done;
    // It is being restored, or about to be made again: there is nobody to ask.
    if (!workload) return { kind: 'requeue', afterMs: ATTENTION_MS };
    return this.#care(cluster, workload);
  }

  async #care(cluster: Cluster, workload: Workload): Promise<ReconcileResult> {
    const { observation, kept, differing } = await this.#look(cluster, workload);
    this.#metrics.show(cluster.metadata.name, observation);
    try {
      await this.#tell(cluster, observation, { kept, differing });
    } catch (error) {
      if (isNotFound(error)) return done;
      if (isConflict(error)) return { kind: 'requeue', afterMs: CONFLICT_MS };
      throw error;
    }
    return { kind: 'requeue', afterMs: needsAttention(observation) ? ATTENTION_MS : RESYNC_MS };
  }

  async #look(cluster: Cluster, workload: Workload) {
    const { metadata, status } = cluster;
    const namespace = metadata.namespace ?? '';
    const members = memberNames(workload.spec.replicas ?? 1);
    const target = { members, quotaBytes: quotaOf(workload) };
    const before = status?.etcd;
    const asked = this.#asked.of(namespace);
    const first = await observe(this.services.etcd, namespace, target);
    const plan = carePlan(first, { before, now: this.#now(), asked: asked.length > 0 });
    const kept: Partial<EtcdStatus> = { ...before };
    const compared = plan.compareHashes
      ? await differingMembers(this.services.etcd, namespace, first)
      : undefined;
    if (compared?.length === 0) kept.hashesComparedAt = this.#now().toISOString();
    const differing = compared ?? [];
    if (plan.compact) await this.#compact(namespace, first);
    if (!plan.defragment) {
      await this.#asked.wait(asked, conditionOf(first, {}));
      return { observation: first, kept, differing };
    }
    const turns = await this.#release(namespace, first);
    kept.defragmentedAt = this.#now().toISOString();
    const after = await observe(this.services.etcd, namespace, target);
    const isDisarmed = await this.#disarm(namespace, after);
    await this.#asked.finish(asked, turns, after);
    const observation = isDisarmed ? await observe(this.services.etcd, namespace, target) : after;
    return { observation, kept, differing };
  }

  async #compact(namespace: string, { members }: Observation): Promise<void> {
    const revision = Math.max(...members.map(({ status }) => status?.revision ?? 0));
    const names = members.map(({ name }) => name);
    await this.services.etcd.withinAny(namespace, names, (member) => member.compact(revision));
  }

  async #release(namespace: string, observation: Observation): Promise<Turn[]> {
    const { etcd, clock } = this.services;
    const turns: Turn[] = [];
    for (const { name, status } of leaderLast(observation)) {
      const startedMs = clock.now();
      await etcd.withinAny(namespace, [name], (member) => member.defragment());
      const at = { startedMs, endedMs: clock.now() };
      turns.push({ name, leader: isLeader(status), dbSize: status.dbSize, ...at });
    }
    return turns;
  }

  /** Writes are let in again when there is room for them. Answers whether they are. */
  async #disarm(namespace: string, observation: Observation): Promise<boolean> {
    if (!isFull(observation) || !hasRoom(observation)) return false;
    const names = observation.members.map(({ name }) => name);
    for (const { memberId, alarm } of observation.alarms) {
      if (alarm !== 'NOSPACE') continue;
      await this.services.etcd.withinAny(namespace, names, (member) => member.disarm(memberId, alarm));
    }
    return true;
  }

  async #tell(
    cluster: Cluster,
    observation: Observation,
    { kept, differing }: { kept: Partial<EtcdStatus>; differing: readonly string[] },
  ): Promise<void> {
    const { metadata, status } = cluster;
    const input = conditionOf(observation, { cluster: metadata.name, differing });
    const observedGeneration = metadata.generation;
    const conditions = setCondition(status?.conditions, { ...input, observedGeneration }, this.#now());
    const etcd = etcdStatusOf(observation, this.#now(), kept);
    const isNews =
      gist(etcd) !== gist(status?.etcd) ||
      stableStringify(conditions) !== stableStringify(status?.conditions);
    const age = this.#now().getTime() - Date.parse(status?.etcd?.checkedAt ?? new Date(0).toISOString());
    if (!isNews && age < WRITE_ANYWAY_MS) return;
    const patch = {
      metadata: { resourceVersion: metadata.resourceVersion },
      status: { etcd: { alarms: null, ...etcd }, conditions },
    };
    await this.services.client.patch(berthResources.Cluster, metadata, patch, { subresource: 'status' });
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}

/** What of a status is worth a write. */
function gist(status: EtcdStatus | undefined): string {
  const { checkedAt: _checkedAt, members = [], ...rest } = status ?? {};
  return stableStringify([rest, members.map(({ sizeBytes: _sizeBytes, ...member }) => member)]);
}

/** The quota that the members run with. */
function quotaOf({ spec }: Workload): number {
  const args = spec.template.spec.containers.find(({ name }) => name === 'etcd')?.args ?? [];
  return Number(listValues(parseArguments(args)['quota-backend-bytes'])[0]);
}
