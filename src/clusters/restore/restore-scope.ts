import { memberNames } from '../../control-plane/etcd/members.js';
import type { Workload } from '../../control-plane/component.js';
import { resources } from '../../kube/resources.js';
import type { Backup } from '../../model/backup.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace, labels } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { restorePodName } from '../../backup/restore-pod.js';
import { BerthError } from '../../core/errors.js';
import type { ClusterScope } from '../scope.js';

/** What the steps of a restore find out of the world. */

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
  const { backup: name, cluster } = restoreOperation(scope).spec.restore ?? { backup: '', cluster: '' };
  const namespace = clusterNamespace(cluster);
  const found = scope.services.world.find(berthResources.Backup, { namespace, name });
  if (found) return found;
  throw new BerthError('BackupNotFound', `There is no Backup "${name}" of cluster "${cluster}".`, {
    status: 404,
  });
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
  const steps = restoreOperation(scope).status?.steps ?? [];
  if (steps.some(({ name, state }) => name === RESTORE_DATA && state === 'Done')) return true;
  return restorePods(scope).every((pod) => pod?.status?.phase === 'Succeeded');
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
