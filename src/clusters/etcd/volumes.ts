import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { claimName } from '../../backup/restore-pod.js';
import { memberName } from '../../control-plane/etcd/members.js';
import { resources } from '../../kube/resources.js';
import type { Typed } from '../../kube/types.js';
import type { ClusterScope } from '../scope.js';
import type { Replacement } from './members-record.js';

/** More than any plan has members. */
const MOST_MEMBERS = 5;

/** The claim of a member's volume. It carries no label of ours, so no cache has it. */
export function claimOf(
  { namespace, services }: ClusterScope,
  member: string,
): Promise<Typed<V1PersistentVolumeClaim> | undefined> {
  return services.client.find(resources.PersistentVolumeClaim, { namespace, name: claimName(member) });
}

/** The volume that a member had goes, with the pod that holds it; the StatefulSet makes both anew. Answers whether it has. */
export async function clearVolume(
  scope: ClusterScope,
  { member, claim: old }: Replacement,
): Promise<boolean> {
  const claim = await claimOf(scope, member);
  if (claim && claim.metadata.uid !== old) return true;
  if (claim && !claim.metadata.deletionTimestamp) {
    await scope.services.client.delete(resources.PersistentVolumeClaim, claim.metadata);
  }
  await clearPod(scope, member, claim !== undefined);
  return false;
}

/** A pod that was made while the old claim was still going has none, and may wait for ever: it goes once more. */
async function clearPod(
  { namespace, services }: ClusterScope,
  name: string,
  hasClaim: boolean,
): Promise<void> {
  const pod = await services.client.find(resources.Pod, { namespace, name });
  const isInTheWay = hasClaim ? pod?.spec?.nodeName !== undefined : pod?.status?.phase === 'Pending';
  if (!pod || !isInTheWay || pod.metadata.deletionTimestamp) return;
  await services.client.delete(resources.Pod, pod.metadata, { gracePeriodSeconds: 0 });
}

/**
 * Volumes of members that left go when their pods have: one that comes again begins with nothing. Answers whether
 * they have.
 */
export async function clearLeftVolumes(scope: ClusterScope, members: number): Promise<boolean> {
  const left = Array.from({ length: MOST_MEMBERS - members }, (_, index) => memberName(members + index));
  if (left.some((name) => scope.find(resources.Pod, name))) return false;
  for (const name of left) {
    const claim = await claimOf(scope, name);
    if (claim) await scope.services.client.delete(resources.PersistentVolumeClaim, claim.metadata);
  }
  return true;
}
