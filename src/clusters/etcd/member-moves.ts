import type { EtcdMember } from '../../control-plane/etcd/client/etcd-client.js';
import { ordinalOf } from '../../control-plane/etcd/members.js';
import type { MembersRecord } from './members-record.js';

/** What is next on the way to the members that are wanted, by what etcd says of those it has. Pure. */

export type Move =
  | { kind: 'remove' | 'promote'; member: EtcdMember }
  | { kind: 'add'; name: string }
  /** Nothing can be done until it has started. */
  | { kind: 'await'; name: string }
  | { kind: 'none' };

/**
 * One at a time, so that a majority is never in doubt: who gives way goes first, then the last of those that are not
 * wanted; a learner gets its vote before the next one comes.
 * @param replaced Id of the member that gives way to a new one of the same name.
 */
export function nextMove(
  members: readonly EtcdMember[],
  { desired, replaced }: { desired: readonly string[]; replaced?: string },
): Move {
  const [leaving] = [
    ...members.filter(({ id }) => id === replaced),
    ...lastFirst(members.filter((member) => !desired.includes(nameOf(member)))),
  ];
  if (leaving) return { kind: 'remove', member: leaving };
  const learner = members.find(({ isLearner }) => isLearner);
  if (learner) {
    return learner.name === ''
      ? { kind: 'await', name: nameOf(learner) }
      : { kind: 'promote', member: learner };
  }
  const missing = desired.find((name) => !members.some((member) => nameOf(member) === name));
  return missing === undefined ? { kind: 'none' } : { kind: 'add', name: missing };
}

/**
 * No pod before it is a member, and none gone before it has left. Those that were there are not restarted meanwhile,
 * whatever else of them changes: members that come have the new template, the others get it afterwards. A member that is
 * replaced keeps its place.
 */
export function podsOf(
  { members, replacement }: Pick<MembersRecord, 'members' | 'replacement'>,
  desired: readonly string[],
): { replicas: number; partition: number } {
  const replicas = Math.max(...members.map(ordinalOf)) + 1;
  if (replacement) return { replicas: Math.max(replicas, desired.length), partition: 0 };
  return { replicas, partition: members.length > desired.length ? replicas : 1 };
}

/** A member that never started has no name yet, but a peer URL that begins with it. */
export function nameOf({ name, peerUrls }: EtcdMember): string {
  return name || (new URL(peerUrls[0] ?? 'https://unknown').hostname.split('.', 1)[0] ?? '');
}

function lastFirst(members: readonly EtcdMember[]): EtcdMember[] {
  return members.toSorted((a, b) => ordinalOf(nameOf(b)) - ordinalOf(nameOf(a)));
}
