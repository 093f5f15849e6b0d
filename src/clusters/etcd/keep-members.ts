import { resources } from '../../kube/resources.js';
import { goOn, stop } from '../../kube/steps.js';
import { clusterConditions } from '../../model/conditions.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { membersOf } from '../restore/restore-scope.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { hasLostData } from './lost-members.js';
import { readMembers, writeMembers } from './members-record.js';

/** Members that start are told who belongs to the cluster, and whether it has data already. */
export const keepMembers: ClusterStep = {
  name: 'KeepMembers',
  async run(scope) {
    const { members } = membersOf(scope);
    const isUp = areUp(scope, members);
    const state = hasData(scope, isUp) ? 'existing' : 'new';
    const closed = isUp || (readMembers(scope)?.closed ?? false);
    await writeMembers(scope, { members, state, closed });
    return goOn;
  },
};

/**
 * A majority of the members has the data. Where none has, what was acknowledged is in a backup only: to go back to one
 * is a person's decision, and nothing begins anew meanwhile.
 */
export const requireData: ClusterStep = {
  name: 'RequireData',
  condition: clusterConditions.etcd,
  run(scope) {
    const lost = lostMajority(scope);
    if (lost.length === 0) return goOn;
    const volumes = lost.length > 1 ? 'their volumes' : 'its volume';
    return stop(
      'DataLost',
      `${lost.join(' and ')} of etcd lost the data in ${volumes}, and no majority of members has it: put the ` +
        `data back, or restore a backup: berth cluster restore ${scope.name}`,
    );
  },
};

/** The members that lost their data when no majority has it; none while one has. */
export function lostMajority(scope: ClusterScope): string[] {
  const { members } = membersOf(scope);
  const lost = members.filter((member) => hasLostData(scope.find(resources.Pod, member) ?? {}));
  return lost.length > (members.length - 1) / 2 ? lost : [];
}

/** Once true for good: recorded when etcd has come up, before anybody relies on it, and by each restore. */
function hasData(scope: ClusterScope, isUp: boolean): boolean {
  const { operation, status } = scope;
  return (
    isUp ||
    status.initializedAt !== undefined ||
    operation?.spec.restore !== undefined ||
    readMembers(scope)?.state === 'existing'
  );
}

/** All run with the data they have: nobody is awaited any more. */
function areUp(scope: ClusterScope, members: readonly string[]): boolean {
  const { readyReplicas = 0 } = scope.find(resources.StatefulSet, ETCD_SERVICE)?.status ?? {};
  return readyReplicas >= members.length;
}
