import { memberNames } from '../../control-plane/etcd/members.js';
import { resources } from '../../kube/resources.js';
import { goOn, stop, wait } from '../../kube/steps.js';
import { clusterConditions } from '../../model/conditions.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { membersOf } from '../restore/restore-scope.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { changeMembers } from './change-members.js';
import { hasLostData } from './lost-members.js';
import { type MembersRecord, readMembers, writeMembers } from './members-record.js';
import { askedReplacement, tellReplacement } from './replacements.js';
import { unsteady } from './unsteady.js';

/**
 * Members that start are told who belongs to the cluster, and whether it has data already; and the members become those
 * that the plan asks for, one at a time, while the others serve.
 */
export const keepMembers: ClusterStep = {
  name: 'KeepMembers',
  async run(scope) {
    const desired = membersOf(scope).members;
    const record = recordNow(scope, desired);
    await writeMembers(scope, record);
    const lost = lostMembers(scope, record);
    const replaced = lost[0] ?? (await askedFor(scope, record));
    const isDue =
      record.change !== undefined || record.members.length !== desired.length || replaced !== undefined;
    if (isDue && mayChange(scope, record, lost)) await changeMembers(scope, desired, replaced);
    else if (record.members.length !== desired.length)
      scope.etcdPods = { replicas: record.members.length, partition: 0 };
    return goOn;
  },
};

/** That a member is away for long brings no event. */
const LOOK_AGAIN_MS = 10_000;

/** The member that somebody asked to have replaced, once the others can spare it. */
async function askedFor(
  scope: ClusterScope,
  { change, members }: MembersRecord,
): Promise<string | undefined> {
  const asked = askedReplacement(scope, members);
  if (asked === undefined || change !== undefined) return asked;
  const awaited = inTheWay(scope, members, asked);
  if (awaited === undefined) return asked;
  scope.lookAgainAt(scope.services.clock.now() + LOOK_AGAIN_MS);
  await tellReplacement(scope, asked, `waits until ${awaited}`);
  return undefined;
}

function inTheWay(scope: ClusterScope, members: readonly string[], asked: string): string | undefined {
  const { metadata, status } = scope.cluster;
  // It may restart members, which is known only when it has reached their StatefulSet.
  if (metadata.generation !== status?.observedGeneration) return 'the last change of the cluster has begun';
  const workload = scope.find(resources.StatefulSet, ETCD_SERVICE);
  const pods = scope.services.world.list(resources.Pod, scope.namespace);
  const others = unsteady({ workload, pods, now: scope.now }, members, asked);
  return others.length === 0 ? undefined : `${others.join(' and ')} run`;
}

type Who = Pick<MembersRecord, 'members' | 'awaited'>;

/** The pods are as the members are; nothing that follows may restart them or count on those that are still to come. */
export const settleMembers: ClusterStep = {
  name: 'SettleMembers',
  condition: clusterConditions.etcd,
  run: ({ membersChange, lookAgainMs }) =>
    membersChange ? wait('MembersChanging', membersChange, lookAgainMs) : goOn,
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
  const { members, awaited } = readMembers(scope) ?? { ...membersOf(scope), awaited: [] };
  const lost = lostMembers(scope, { members, awaited });
  return isMajority(lost, { members, awaited }) ? lost : [];
}

/** What is on record, and what has come true since. */
function recordNow(scope: ClusterScope, desired: readonly string[]): MembersRecord {
  // Everybody is given the restored data, as a member of this very list.
  if (scope.operation?.spec.restore) return { members: desired, state: 'existing', awaited: [] };
  const record = readMembers(scope) ?? firstRecord(scope, desired);
  if (record.change) return record;
  const { readyReplicas = 0 } = scope.find(resources.StatefulSet, ETCD_SERVICE)?.status ?? {};
  const isUp = readyReplicas >= record.members.length;
  return isUp ? { ...record, state: 'existing', awaited: [] } : record;
}

/** Of a new cluster, or of one that was made before there were records: then those that run. */
function firstRecord(scope: ClusterScope, desired: readonly string[]): MembersRecord {
  const running = scope.find(resources.StatefulSet, ETCD_SERVICE)?.spec?.replicas;
  const members = running ? memberNames(running) : desired;
  return { members, state: scope.status.initializedAt === undefined ? 'new' : 'existing', awaited: members };
}

/** Only while a majority of those with the data can agree to it. */
function mayChange({ operation }: ClusterScope, record: MembersRecord, lost: readonly string[]): boolean {
  return record.state === 'existing' && !operation?.spec.restore && !isMajority(lost, record);
}

/** Of those that had the data. */
function lostMembers(scope: ClusterScope, { members, awaited }: Who): string[] {
  return members.filter(
    (member) => !awaited.includes(member) && hasLostData(scope.find(resources.Pod, member) ?? {}),
  );
}

/** As many as leave no majority without them. */
function isMajority(lost: readonly string[], { members, awaited }: Who): boolean {
  return lost.length > Math.max(0, members.length - awaited.length - 1) / 2;
}
