import type { EtcdAlarm, EtcdStatus as MemberStatus } from '../../control-plane/etcd/client/etcd-client.js';
import { messageOf } from '../../core/errors.js';
import type { EtcdMembers } from '../etcd-access.js';

/** One member, as it answered. */
export interface ObservedMember {
  name: string;
  /** Absent: it does not answer. */
  status?: MemberStatus;
  message?: string;
}

/** What the members of one etcd say of themselves. */
export interface Observation {
  members: readonly ObservedMember[];
  alarms: readonly { memberId: string; alarm: EtcdAlarm }[];
  quotaBytes: number;
}

/** Asks every member. One that does not answer is told with the reason; this never throws. */
export async function observe(
  etcd: EtcdMembers,
  namespace: string,
  { members, quotaBytes }: { members: readonly string[]; quotaBytes: number },
): Promise<Observation> {
  const answers = await Promise.all(
    members.map(async (name) => {
      try {
        const answer = await etcd.withinAny(namespace, [name], async (member) => ({
          status: await member.status(),
          alarms: await member.alarms(),
        }));
        return { member: { name, status: answer.status }, alarms: answer.alarms };
      } catch (error) {
        return { member: { name, message: messageOf(error) }, alarms: undefined };
      }
    }),
  );
  const alarms = answers.find((answer) => answer.alarms)?.alarms ?? [];
  return { members: answers.map(({ member }) => member), alarms, quotaBytes };
}

/** Members that answer, the leader last: it hands nothing over for work that each of them has to do. */
export function leaderLast({ members }: Observation): (ObservedMember & { status: MemberStatus })[] {
  return members
    .flatMap(({ status, ...member }) => (status ? [{ ...member, status }] : []))
    .toSorted((a, b) => Number(isLeader(a.status)) - Number(isLeader(b.status)));
}

/** Names of all members, whose data is newest first: the leader, then by revision. Who does not answer comes last. */
export function newestFirst({ members }: Observation): string[] {
  const rank = ({ status }: ObservedMember) => {
    if (!status || status.isLearner) return status ? 0 : -1;
    return isLeader(status) ? Number.POSITIVE_INFINITY : status.revision;
  };
  return members.toSorted((a, b) => Math.sign(rank(b) - rank(a))).map(({ name }) => name);
}

export function isLeader({ memberId, leaderId }: MemberStatus): boolean {
  return memberId === leaderId;
}

/** The largest file and what of a file is in use, as parts of the quota. */
export function quotaUse({ members, quotaBytes }: Observation): { file: number; inUse: number } {
  const largest = (size: (status: MemberStatus) => number) =>
    Math.max(0, ...members.map(({ status }) => (status ? size(status) : 0))) / quotaBytes;
  return { file: largest(({ dbSize }) => dbSize), inUse: largest(({ dbSizeInUse }) => dbSizeInUse) };
}
