import { resources } from '../../kube/resources.js';
import { goOn, type Step, type StepResult, wait } from '../../kube/steps.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import type { Comparison, Operation } from '../../model/operation.js';
import { isFinished } from '../../operations/timeline.js';
import { isSame } from '../restore/compare-data.js';
import { type ClusterServices, FIELD_MANAGER } from '../scope.js';
import { SCRATCH_RESTORE, scratchCluster, scratchName, scratchRestore } from './scratch-cluster.js';

/** One pass over one drill. */
export interface DrillScope {
  services: ClusterServices;
  drill: Operation;
  source: Cluster;
  /** What was found out in this pass or an earlier one. */
  comparison?: Comparison;
  failure?: string;
}

/** A drill that takes longer has failed: so would the restore that it stands for. */
const PATIENCE_MS = 30 * 60_000;

const createScratch: Step<DrillScope> = {
  name: 'CreateScratchCluster',
  async run(scope) {
    if (hasVerdict(scope)) return goOn;
    const { services, drill, source } = scope;
    const cluster = scratchCluster(drill, source);
    const live = services.world.find(berthResources.Cluster, cluster.metadata);
    if (live?.status?.initializedAt !== undefined) return goOn;
    if (!live) {
      const { namespace: name = '', labels } = cluster.metadata;
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      await services.world.ensure(namespace, FIELD_MANAGER);
      await services.client.createOnce(cluster, { fieldManager: FIELD_MANAGER });
    }
    return patiently(scope, 'CreatingCluster', `cluster ${cluster.metadata.name} is being made`);
  },
};

const restoreScratch: Step<DrillScope> = {
  name: 'RestoreScratchCluster',
  async run(scope) {
    if (hasVerdict(scope)) return goOn;
    const { services, drill, source } = scope;
    const restore = scratchRestore(drill, source);
    const live = services.world.find(berthResources.Operation, restore.metadata);
    if (!live) await services.client.createOnce(restore, { fieldManager: FIELD_MANAGER });
    if (!live || !isFinished(live.status)) {
      return patiently(scope, 'Restoring', live?.status?.message ?? 'the backup is being restored');
    }
    judge(scope, live);
    return goOn;
  },
};

/** Whatever came of the drill, nothing of it stays. What was found out is on record by then. */
const deleteScratch: Step<DrillScope> = {
  name: 'DeleteScratchCluster',
  async run(scope) {
    const { services, drill } = scope;
    if (!drill.status?.comparison && !drill.status?.failure) return wait('Recording', 'what was found out');
    const name = scratchName(drill);
    const namespace = clusterNamespace(name);
    const live = services.world.find(berthResources.Cluster, { namespace, name });
    if (live && !live.metadata.deletionTimestamp) {
      await services.client.delete(berthResources.Cluster, live.metadata);
    }
    const isGone = !live && !services.world.find(resources.Namespace, { name: namespace });
    return isGone ? goOn : wait('DeletingCluster', `cluster ${name} is being deleted`);
  },
};

export const drillSteps: readonly Step<DrillScope>[] = [createScratch, restoreScratch, deleteScratch];

function hasVerdict({ comparison, failure }: DrillScope): boolean {
  return comparison !== undefined || failure !== undefined;
}

/** A restore that succeeded has compared, and its API servers answered. */
function judge(scope: DrillScope, { status }: Operation): void {
  scope.comparison = status?.comparison;
  if (status?.state === 'Succeeded' && scope.comparison && isSame(scope.comparison)) return;
  scope.failure = status?.message ?? `operation ${SCRATCH_RESTORE} ended as ${status?.state}`;
}

function patiently(scope: DrillScope, reason: string, message: string): StepResult {
  const { drill, services } = scope;
  const begun = Date.parse(drill.metadata.creationTimestamp ?? '');
  if (services.clock.now() - begun < PATIENCE_MS) return wait(reason, message);
  scope.failure = `it took longer than ${PATIENCE_MS / 60_000} minutes: ${message}`;
  return goOn;
}
