import type { V1ConfigMap } from '@kubernetes/client-node';
import { initialCluster, MEMBERS_CONFIG_MAP } from '../../control-plane/etcd/members.js';
import { resources } from '../../kube/resources.js';
import type { Typed } from '../../kube/types.js';
import type { ClusterScope } from '../scope.js';

/** A member that gives way to a new one of the same name, with an empty volume. */
export interface Replacement {
  member: string;
  /** Ids of the member and of its claim before; what has another one is new. */
  id: string;
  claim: string;
}

/**
 * Who belongs to etcd, as members that start are told (docs/adr/0017-members-of-etcd.md), and the change that is under
 * way, so that it goes on after a crash.
 */
export interface MembersRecord {
  members: readonly string[];
  /** `new` only until the cluster has data: a member without any must never begin an empty cluster of its own. */
  state: 'new' | 'existing';
  /**
   * Those that do not have the data yet. While there are none, a member that comes up without data has lost it, and
   * must not pass for the one it was.
   */
  awaited: readonly string[];
  change?: 'Joining' | 'Leaving' | 'Replacing';
  replacement?: Replacement;
}

/** A member with data does not look at it; one without does not find itself, and ends. */
export const NOBODY = 'none=https://etcd.invalid:2380';

export function readMembers(scope: ClusterScope): MembersRecord | undefined {
  return recordOf(scope.find(resources.ConfigMap, MEMBERS_CONFIG_MAP));
}

/** The same as the API server has it: what is begun must not be begun again because a cache is behind. */
export async function liveMembers({ namespace, services }: ClusterScope): Promise<MembersRecord | undefined> {
  return recordOf(await services.client.find(resources.ConfigMap, { namespace, name: MEMBERS_CONFIG_MAP }));
}

function recordOf(object: Typed<V1ConfigMap> | undefined): MembersRecord | undefined {
  if (!object?.data) return undefined;
  const { members = '', awaited = '', state, change, replacement } = object.data;
  return {
    members: members.split(','),
    state: state === 'new' ? 'new' : 'existing',
    awaited: awaited.split(',').filter(Boolean),
    ...(change && { change: change as MembersRecord['change'] }),
    ...(replacement && { replacement: JSON.parse(replacement) as Replacement }),
  };
}

export async function writeMembers(scope: ClusterScope, record: MembersRecord): Promise<void> {
  const { members, state, awaited, change, replacement } = record;
  await scope.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: MEMBERS_CONFIG_MAP, namespace: scope.namespace },
    data: {
      members: members.join(','),
      awaited: awaited.join(','),
      cluster: awaited.length === 0 ? NOBODY : initialCluster(members, scope.namespace),
      state,
      ...(change && { change }),
      ...(replacement && { replacement: JSON.stringify(replacement) }),
    },
  });
}
