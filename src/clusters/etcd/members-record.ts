import { initialCluster, MEMBERS_CONFIG_MAP } from '../../control-plane/etcd/members.js';
import { resources } from '../../kube/resources.js';
import type { ClusterScope } from '../scope.js';

/** Who belongs to etcd, as members that start are told (docs/adr/0017-members-of-etcd.md). */
export interface MembersRecord {
  members: readonly string[];
  /** `new` only until the cluster has data: a member without any must never begin an empty cluster of its own. */
  state: 'new' | 'existing';
  /** No member is awaited: one that comes up without data has lost it, and must not pass for the one it was. */
  closed: boolean;
}

/** A member with data does not look at it; one without does not find itself, and ends. */
export const NOBODY = 'none=https://etcd.invalid:2380';

export function readMembers(scope: ClusterScope): MembersRecord | undefined {
  const data = scope.find(resources.ConfigMap, MEMBERS_CONFIG_MAP)?.data;
  if (!data) return undefined;
  const { members = '', cluster, state } = data;
  return {
    members: members.split(','),
    state: state === 'new' ? 'new' : 'existing',
    closed: cluster === NOBODY,
  };
}

export async function writeMembers(
  scope: ClusterScope,
  { members, state, closed }: MembersRecord,
): Promise<void> {
  await scope.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: MEMBERS_CONFIG_MAP, namespace: scope.namespace },
    data: {
      members: members.join(','),
      cluster: closed ? NOBODY : initialCluster(members, scope.namespace),
      state,
    },
  });
}
