import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logging.js';
import type { KubeClient } from '../kube/client.js';
import type { KubeObject, Resource } from '../kube/types.js';
import type { Step, Stop } from '../kube/steps.js';
import type { RenderedControlPlane } from '../control-plane/component.js';
import type { Cluster, ClusterStatus } from '../model/cluster.js';
import { type ConditionInput, setCondition } from '../model/conditions.js';
import type { LocalSnapshot } from '../backup/archive.js';
import type { Jobs } from '../core/jobs.js';
import { clusterLabels } from '../model/names.js';
import type { Comparison, Operation } from '../model/operation.js';
import type { PkiSource } from '../pki/keys.js';
import { type Stage, stageOf } from '../versions/stages.js';
import type { EtcdMembers } from './etcd-access.js';
import type { HostedClusters } from './hosted-clusters.js';
import type { Installation } from './installation.js';
import type { UpgradeProbes } from './upgrades/probes.js';
import type { ClusterWorld } from './world.js';

/** Field manager of everything the cluster reconciler applies. */
export const FIELD_MANAGER = 'berth-clusters';

/** What the steps of the cluster reconciler work with. */
export interface ClusterServices {
  client: KubeClient;
  world: ClusterWorld;
  hosted: HostedClusters;
  etcd: EtcdMembers;
  /** Work that outlasts a pass. */
  jobs: Jobs;
  /** Has a cluster looked at again. */
  requeue: (cluster: string) => void;
  /** Reads from clusters whose version changes. */
  probes: UpgradeProbes;
  installation: Installation;
  pki: PkiSource;
  clock: Clock;
  log: Logger;
}

/** A step, and the condition of the Cluster that tells how it went. */
export interface ClusterStep extends Step<ClusterScope> {
  condition?: string;
  /** Part of the timeline only of operations that change the version. */
  ofUpgrades?: boolean;
}

/** What an operation waits for while its cluster is ready. */
export interface Pending {
  step: string;
  reason: string;
  message: string;
}

/** What an operation that changes the version has behind it, beside the steps of the pass. */
export interface Note {
  name: string;
  /** Stage of the masters it was done for. */
  stage: string;
  message?: string;
}

/**
 * One pass over one cluster: what was read, and the status being drafted. Steps read the world from caches, write
 * objects through the scope, and change nothing of the Cluster but `status`, which is patched when the pass ends.
 */
export class ClusterScope {
  readonly status: ClusterStatus;
  /** Version of the Cluster that the status is drafted for: a write by anybody else since makes it a conflict. */
  resourceVersion: string | undefined;
  /** The stage this pass brings the masters to: the one that runs, until an upgrade moves it. */
  stage: Stage;
  /** Why the operation under way is not over although all else is as it shall be. */
  pending?: Pending;
  readonly notes: Note[] = [];
  /** What this pass has applied, as it was answered; by kind and name. */
  readonly #written = new Map<string, KubeObject>();
  /** To be looked at again then even if no event comes, milliseconds since the epoch. */
  #lookAgainMs = Number.POSITIVE_INFINITY;
  /** Why the spec cannot be carried out, of a cluster that runs: it is kept as it is. */
  refusal: Stop | undefined;
  /** The masters as they shall be, by component; set by the step that pins them. */
  masters: RenderedControlPlane = new Map();
  /** Pods of etcd while its members change, and the first of them that may be restarted; undefined: as rendered. */
  etcdPods: { replicas: number; partition: number } | undefined;
  /** What the change of members is at; undefined: the members are those that are wanted. */
  membersChange: string | undefined;
  /** Until when its controllers let API servers of other clusters start first; see making-way.ts. */
  makesWay: number | undefined;
  /** The operation this pass works on. */
  operation: Operation | undefined;
  /** For a restore: the snapshot, once it is here and proved. */
  snapshot: LocalSnapshot | undefined;
  /** For a restore that compares: what came of it in this pass. */
  comparison: Comparison | undefined;

  constructor(
    readonly cluster: Cluster,
    readonly services: ClusterServices,
  ) {
    this.status = structuredClone(cluster.status ?? {});
    this.resourceVersion = cluster.metadata.resourceVersion;
    const { pinned } = this.status;
    this.stage = pinned ? stageOf(pinned) : { kubernetesVersion: cluster.spec.version };
  }

  get name(): string {
    return this.cluster.metadata.name;
  }

  get namespace(): string {
    return this.cluster.metadata.namespace ?? '';
  }

  get now(): Date {
    return new Date(this.services.clock.now());
  }

  lookAgainAt(ms: number): void {
    this.#lookAgainMs = Math.min(this.#lookAgainMs, ms);
  }

  get lookAgainMs(): number {
    return this.#lookAgainMs;
  }

  setCondition(input: Omit<ConditionInput, 'observedGeneration'>): void {
    const observedGeneration = this.cluster.metadata.generation;
    this.status.conditions = setCondition(this.status.conditions, { ...input, observedGeneration }, this.now);
  }

  /**
   * The object of this name in the cluster's namespace, as the cache has it, or as this pass has changed it when the
   * cache does not show that yet: else a workload would pass for rolled out by what its status says of the spec before.
   */
  find<T extends KubeObject>(resource: Resource<T>, name: string): T | undefined {
    const cached = this.services.world.find(resource, { namespace: this.namespace, name });
    const written = this.#written.get(`${resource.kind}/${name}`) as T | undefined;
    return cached && written && isNewer(written, cached) ? written : cached;
  }

  /** Makes an object what it shall be; sends nothing when it already is. Gives back what is live. */
  async apply<T extends KubeObject>(object: T): Promise<T> {
    const live = await this.services.world.ensure(withLabels(object, this.cluster), FIELD_MANAGER);
    this.#written.set(`${live.kind}/${live.metadata.name}`, live);
    return live;
  }
}

/** By the number the API server raises with every change of a spec; what has none is never taken for newer. */
function isNewer(a: KubeObject, b: KubeObject): boolean {
  return (a.metadata.generation ?? 0) > (b.metadata.generation ?? 0) && a.metadata.uid === b.metadata.uid;
}

/** Every object of a cluster says whose it is: the caches select by these labels and find the cluster by them. */
export function withLabels<T extends KubeObject>(object: T, cluster: Cluster): T {
  const own = clusterLabels(cluster.metadata.name, cluster.spec.tenant);
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...own } } };
}
