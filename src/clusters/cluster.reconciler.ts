import { stableStringify } from '../core/digest.js';
import { type LogContext, withLogContext } from '../core/logging.js';
import { etcd } from '../control-plane/etcd/etcd.js';
import { kubeApiserver } from '../control-plane/kube-apiserver/kube-apiserver.js';
import { kubeControllerManager } from '../control-plane/kube-controller-manager/kube-controller-manager.js';
import { kubeScheduler } from '../control-plane/kube-scheduler/kube-scheduler.js';
import { isConflict } from '../kube/kube-error.js';
import { type ReconcileContext, type ReconcileResult, resultOf } from '../kube/runner.js';
import { runSteps, type StepsOutcome } from '../kube/steps.js';
import { refOf } from '../kube/types.js';
import { berthResources } from '../model/kinds.js';
import type { Operation } from '../model/operation.js';
import { advanceTimeline, finishTimeline } from '../operations/timeline.js';
import { ClusterOperations } from './cluster-operations.js';
import { keepMembers, requireData, settleMembers } from './etcd/keep-members.js';
import { failureOf, operationReports, setConditions } from './progress.js';
import { ClusterScope, type ClusterServices, type ClusterStep } from './scope.js';
import { compareData } from './restore/compare-data.js';
import { recordRestore, restoreSteps, tidyRestores } from './restore/steps.js';
import { withDeadline } from './restore/deadline.js';
import { endRestore } from './restore/end-restore.js';
import { acceptSpec, withRefusal } from './steps/accept-spec.js';
import { applyAddons } from './steps/apply-addons.js';
import { allocateEndpoint, exposed } from './steps/allocate-endpoint.js';
import { applyMasters, awaitComponent } from './steps/apply-masters.js';
import { claimNamespace } from './steps/claim-namespace.js';
import { deleteSteps } from './steps/delete.js';
import { issueCertificates } from './steps/issue-certificates.js';
import { pinMasters } from './steps/pin-masters.js';
import { planUpgrade } from './steps/plan-upgrade.js';
import { prepareForNodes } from './steps/prepare-for-nodes.js';
import { reachEndpoint } from './steps/reach-endpoint.js';
import { settleUpgrade } from './steps/settle-upgrade.js';
import { seedHostedCluster } from './steps/seed-hosted-cluster.js';

/** What runs is settled. */
const settleSteps: readonly ClusterStep[] = [
  acceptSpec,
  claimNamespace,
  planUpgrade,
  allocateEndpoint,
  issueCertificates,
  pinMasters,
];

/** The masters run in the order of their dependencies, and the hosted cluster has what it needs. */
const startSteps: readonly ClusterStep[] = [
  keepMembers,
  applyMasters,
  requireData,
  settleMembers,
  awaitComponent(etcd),
];

/** The API servers and what needs them. */
const serveSteps: readonly ClusterStep[] = [
  awaitComponent(kubeApiserver),
  exposed,
  seedHostedCluster,
  awaitComponent(kubeControllerManager),
  awaitComponent(kubeScheduler),
  prepareForNodes,
  applyAddons,
  settleUpgrade,
  reachEndpoint,
];

/** How a hosted cluster comes about and is kept. Each pass runs the list from the top until a step does not go on. */
// Pods of a restore that was given up hold the volumes that etcd starts with.
const provisionSteps: readonly ClusterStep[] = [...settleSteps, tidyRestores, ...startSteps, ...serveSteps];

/** The same with an exchange of the data between the two. */
const restoringSteps: readonly ClusterStep[] = [
  ...settleSteps,
  ...restoreSteps,
  ...startSteps,
  compareData,
  ...serveSteps,
  recordRestore,
];

/** A healthy cluster is looked at again after this long even if no event came: certificates age. */
const RESYNC_MS = 10 * 60_000;

const STALE_MS = 50;
/** What a person puts back may carry no label of ours, and so bring no event: a stalled cluster is looked at again. */
const STALLED_MS = 10_000;

/** Brings one hosted cluster to what its Cluster object asks for. */
export class ClusterReconciler {
  readonly #operations: ClusterOperations;

  constructor(private readonly services: ClusterServices) {
    this.#operations = new ClusterOperations(services);
  }

  /** @param key `namespace/name` of a Cluster. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<ReconcileResult> {
    const { clock, hosted, probes, world } = this.services;
    const { namespace = '', name } = refOf(key);
    const cluster = world.find(berthResources.Cluster, { namespace, name });
    if (!cluster) {
      probes.forget(name);
      await hosted.close(name);
      await this.#operations.finishDeletion(name, namespace);
      return { kind: 'done' };
    }
    const scope = new ClusterScope(cluster, this.services);
    const operation = await this.#operations.current(scope);
    scope.operation = operation;
    const steps = stepsFor(scope);
    const work = () => runSteps(steps, scope, { signal, clock });
    const worked = withDeadline(scope, await withLogContext(logFieldsOf(operation), work));
    const outcome = withRefusal(scope, worked);
    try {
      if (await endRestore(scope, worked, this.#operations.records))
        return { kind: 'requeue', afterMs: STALE_MS };
      await this.#record(scope, steps, outcome, operation);
    } catch (error) {
      // What this pass read was older than what it wrote before: the newer version is on its way.
      if (isConflict(error)) return { kind: 'requeue', afterMs: STALE_MS };
      throw error;
    }
    const result = resultOf(outcome, clock);
    if (result.kind !== 'done') return result;
    const afterMs = outcome.result.kind === 'stop' ? STALLED_MS : RESYNC_MS;
    return { kind: 'requeue', afterMs: Math.max(0, Math.min(afterMs, scope.lookAgainMs - clock.now())) };
  }

  /** The operation first, the Cluster's status last: whoever sees the status finds the record behind it. */
  async #record(
    scope: ClusterScope,
    steps: readonly ClusterStep[],
    outcome: StepsOutcome,
    operation: Operation | undefined,
  ): Promise<void> {
    if (operation?.status) {
      const reports = operationReports(scope, steps, outcome, operation);
      const { comparison = operation.status.comparison } = scope;
      const advanced = { ...advanceTimeline(operation.status, reports), ...(comparison && { comparison }) };
      const through =
        outcome.result.kind === 'continue' && !scope.pending && operation.spec.type !== 'Delete';
      const failed = failureOf(scope, operation);
      await this.#operations.records.write(
        operation,
        through ? finishTimeline(advanced, failed ? 'Failed' : 'Succeeded', scope.now, failed) : advanced,
      );
    }
    setConditions(scope, steps, outcome);
    scope.status.observedGeneration = scope.cluster.metadata.generation;
    await this.#writeStatus(scope, outcome);
  }

  async #writeStatus(scope: ClusterScope, { step }: StepsOutcome): Promise<void> {
    const { cluster, status, resourceVersion } = scope;
    const released = cluster.metadata.deletionTimestamp !== undefined && step === undefined;
    if (released || stableStringify(cluster.status) === stableStringify(status)) return;
    const { managedFields: _managedFields, ...metadata } = cluster.metadata;
    await this.services.client.replace(
      { ...cluster, metadata: { ...metadata, resourceVersion }, status },
      { subresource: 'status' },
    );
  }
}

function stepsFor({ cluster, operation }: ClusterScope): readonly ClusterStep[] {
  if (cluster.metadata.deletionTimestamp) return deleteSteps;
  return operation?.spec.restore ? restoringSteps : provisionSteps;
}

/** What is logged for an operation carries the trace of the request that asked for it. */
function logFieldsOf(operation: Operation | undefined): LogContext {
  if (!operation) return {};
  const { traceId } = operation.spec.cause;
  return { operation: operation.metadata.name, ...(traceId && { traceId }) };
}
