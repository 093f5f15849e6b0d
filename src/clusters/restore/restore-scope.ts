import type { V1ContainerStatus } from '@kubernetes/client-node';
import { memberNames } from '../../control-plane/etcd/members.js';
import type { Workload } from '../../control-plane/component.js';
import { resources } from '../../kube/resources.js';
import type { Json } from '../../kube/types.js';
import type { Backup } from '../../model/backup.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace, labels } from '../../model/names.js';
import type { Operation, OperationStep } from '../../model/operation.js';
import { restorePodName } from '../../backup/restore-pod.js';
import { BerthError } from '../../core/errors.js';
import type { ClusterScope } from '../scope.js';

/** What the steps of a restore find out of the world. */

/** Name of the step that is the first to take something from the users. */
export const STOP_CONTROLLERS = 'StopControllers';

/** Name of the step whose end means that every member has the snapshot beside its data. */
export const SEND_SNAPSHOT = 'SendSnapshot';

/** Name of the step whose end means that the data is the restored one. */
export const RESTORE_DATA = 'RestoreData';

type Pod = NonNullable<ReturnType<typeof restorePods>[number]>;
export type RestorePod = Pod;

/** The operation of this pass. Throws when there is none: the steps of a restore run in one only. */
export function restoreOperation({ operation }: ClusterScope): Operation & Required<Pick<Operation, 'spec'>> {
  if (operation?.spec.restore) return operation;
  throw new Error('no restore is under way');
}

/** The Backup that is restored, which may be another cluster's. Throws BackupNotFound. */
export function restoredBackup(scope: ClusterScope): Backup {
  const found = findRestoredBackup(scope);
  if (found) return found;
  const { backup: name, cluster } = sourceOf(scope);
  throw new BerthError('BackupNotFound', `There is no Backup "${name}" of cluster "${cluster}".`, {
    status: 404,
  });
}

/** Like restoredBackup. Undefined when somebody deleted it. */
export function findRestoredBackup(scope: ClusterScope): Backup | undefined {
  const { backup: name, cluster } = sourceOf(scope);
  return scope.services.world.find(berthResources.Backup, { namespace: clusterNamespace(cluster), name });
}

function sourceOf(scope: ClusterScope): { backup: string; cluster: string } {
  return restoreOperation(scope).spec.restore ?? { backup: '', cluster: '' };
}

/** Names of the members of etcd, and their image, as the masters are pinned. */
export function membersOf(scope: ClusterScope): { members: string[]; image: string } {
  const objects = scope.masters.get('etcd') ?? [];
  const workload = objects.find(({ kind }) => kind === 'StatefulSet') as Workload | undefined;
  const { replicas = 1, template } = workload?.spec ?? {};
  const image = template?.spec.containers.find(({ name }) => name === 'etcd')?.image ?? '';
  return { members: memberNames(replicas), image };
}

/** The pod of every member, as far as they are there for this operation. */
export function restorePods(scope: ClusterScope) {
  const { name } = restoreOperation(scope).metadata;
  return membersOf(scope).members.map((member) => {
    const pod = scope.find(resources.Pod, restorePodName(member));
    return pod?.metadata.labels?.[labels.restore] === name ? pod : undefined;
  });
}

/**
 * The volumes hold the restored data. The record of the step says so, and before it is written the pods, which stay
 * until the operation has ended: were it forgotten, what was written since would be lost to a second restore.
 */
export function isRestored(scope: ClusterScope): boolean {
  if (stepOf(scope, RESTORE_DATA)?.state === 'Done') return true;
  // A pass that ended before does not know how many members there are.
  if (scope.masters.size === 0) return false;
  return restorePods(scope).every((pod) => pod?.status?.phase === 'Succeeded');
}

/**
 * Members may have been told to swap their data: which of them did is not known at any moment, so the restore ends only
 * when all have. It is on record before the first is told.
 */
export function isSwapping(scope: ClusterScope): boolean {
  return stepOf(scope, SEND_SNAPSHOT)?.state === 'Done' && !isRestored(scope);
}

/** Every member has the snapshot beside its data, or in the place of it. */
export function haveArrived(pods: readonly (RestorePod | undefined)[]): pods is readonly RestorePod[] {
  return pods.every((pod) => pod && hasArrived(pod));
}

export function hasArrived(pod: RestorePod): boolean {
  return isRunning(pod, 'commit') || pod.status?.phase === 'Succeeded';
}

export function isRunning(pod: RestorePod, container: string): boolean {
  return statusOf(pod, container)?.state?.running !== undefined;
}

export function statusOf({ status }: RestorePod, container: string): Json<V1ContainerStatus> | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ name }) => name === container);
}

/** What the record of the operation says of a step. */
export function stepOf(scope: ClusterScope, step: string): OperationStep | undefined {
  return restoreOperation(scope).status?.steps.find(({ name }) => name === step);
}

/** Name of the job that fetches and proves the snapshot. */
export function snapshotJob(scope: ClusterScope): string {
  return `${jobPrefix(scope)}snapshot`;
}

/** All jobs of one restore begin with this. */
export function jobPrefix(scope: ClusterScope): string {
  const { namespace, name } = restoreOperation(scope).metadata;
  return `restore ${namespace}/${name} `;
}
