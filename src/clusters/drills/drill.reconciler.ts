import { done, type ReconcileContext, type ReconcileResult } from '../../kube/runner.js';
import { isNotFound } from '../../kube/kube-error.js';
import { runSteps, type StepsOutcome } from '../../kube/steps.js';
import { refOf } from '../../kube/types.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace, labels } from '../../model/names.js';
import type { Operation, OperationStatus } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from '../../operations/timeline.js';
import { reportsOf } from '../progress.js';
import type { ClusterServices } from '../scope.js';
import { type DrillScope, drillSteps } from './drill-steps.js';

/** What a drill waits for is in another namespace and brings no event of its own. */
const LOOK_AGAIN_MS = 2_000;

/** Tries a backup out: restores it into a scratch cluster, compares, reports, and deletes the cluster. */
export class DrillReconciler {
  readonly #records: OperationRecords;

  constructor(private readonly services: ClusterServices) {
    this.#records = new OperationRecords(services.client, () => this.#now());
  }

  /** @param key `namespace/name` of an Operation of type Drill. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<ReconcileResult> {
    const { clock, world } = this.services;
    const { namespace = '', name } = refOf(key);
    const drill = world.find(berthResources.Operation, { namespace, name });
    const source = drill && world.find(berthResources.Cluster, { namespace, name: drill.spec.cluster });
    if (!source) return this.#sweep(namespace, name);
    if (isFinished(drill.status)) return done;
    const { comparison, failure } = drill.status ?? {};
    const scope: DrillScope = { services: this.services, drill, source, comparison, failure };
    const outcome = await runSteps(drillSteps, scope, { signal, clock });
    await this.#record(scope, outcome);
    if (outcome.result.kind === 'failed') return { kind: 'error', error: outcome.result.error };
    return outcome.result.kind === 'continue' ? done : { kind: 'requeue', afterMs: LOOK_AGAIN_MS };
  }

  /** The cluster whose backup was tried out is gone, and the record with it: so is the scratch cluster. */
  async #sweep(namespace: string, drill: string): Promise<ReconcileResult> {
    const { client, world } = this.services;
    for (const { metadata } of world.list(berthResources.Cluster)) {
      const own = metadata.labels ?? {};
      if (own[labels.drill] !== drill || clusterNamespace(own[labels.drillOf] ?? '') !== namespace) continue;
      if (!metadata.deletionTimestamp) await client.delete(berthResources.Cluster, metadata);
    }
    return done;
  }

  async #record({ drill, comparison, failure }: DrillScope, outcome: StepsOutcome): Promise<void> {
    const before = drill.status ?? startTimeline(this.#now());
    const advanced: OperationStatus = {
      ...advanceTimeline(before, reportsOf(outcome)),
      ...(comparison && { comparison }),
      ...(failure !== undefined && { failure }),
    };
    if (outcome.result.kind !== 'continue') {
      await this.#records.write(drill, advanced);
      return;
    }
    await this.#tellBackup(drill, failure);
    const state = failure === undefined ? 'Succeeded' : 'Failed';
    await this.#records.write(drill, finishTimeline(advanced, state, this.#now(), failure));
  }

  /** The backup says how it fared. One that was deleted meanwhile says nothing. */
  async #tellBackup({ metadata, spec }: Operation, failure: string | undefined): Promise<void> {
    const ref = { namespace: metadata.namespace, name: spec.drill?.backup ?? '' };
    const passed = failure === undefined;
    const at = this.#now().toISOString();
    const told = { passed, at, operation: metadata.name, message: failure ?? null };
    const options = { subresource: 'status' };
    try {
      await this.services.client.patch(berthResources.Backup, ref, { status: { drill: told } }, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}
