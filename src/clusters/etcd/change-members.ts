import type { EtcdClient, EtcdMember } from '../../control-plane/etcd/client/etcd-client.js';
import { ordinalOf, peerUrl } from '../../control-plane/etcd/members.js';
import { BerthError } from '../../core/errors.js';
import type { ClusterScope } from '../scope.js';
import { type Move, nameOf, nextMove, podsOf } from './member-moves.js';
import { liveMembers, type MembersRecord, writeMembers } from './members-record.js';
import { isToBeReplaced, tellReplacement } from './replacements.js';
import { clearLeftVolumes, claimOf, clearVolume } from './volumes.js';

/** A member that joins has caught up within seconds, or has much to read. */
const LOOK_AGAIN_MS = 1_000;

type Change = MembersRecord & Required<Pick<MembersRecord, 'change'>>;

/**
 * Does what is next of a change of members, by what etcd itself says of them: one thing a pass. A new member first
 * learns and then gets its vote; one that goes gives up its vote before its pod goes; one that lost its volume is taken
 * out and joins again.
 * @param replaced The member that is to be replaced, when none is being changed already.
 */
export async function changeMembers(
  scope: ClusterScope,
  desired: readonly string[],
  replaced?: string,
): Promise<void> {
  scope.lookAgainAt(scope.services.clock.now() + LOOK_AGAIN_MS);
  const record = await liveMembers(scope);
  if (!record) return;
  scope.etcdPods = podsOf(record, desired);
  try {
    const change = await begun(scope, record, { desired, replaced });
    if (change) await step(scope, change, desired);
  } catch (error) {
    // Members that do not know each other for some seconds yet refuse changes, and so does a majority that is away.
    if (!(error instanceof BerthError) || error.code !== 'EtcdUnavailable') throw error;
    scope.membersChange = error.message;
  }
  const { member } = record.replacement ?? {};
  if (member !== undefined && scope.membersChange) await tellReplacement(scope, member, scope.membersChange);
}

/** On record before anything is done. Undefined: the caches were behind, and nothing is to be done any more. */
async function begun(
  scope: ClusterScope,
  record: MembersRecord,
  { desired, replaced }: { desired: readonly string[]; replaced?: string },
): Promise<Change | undefined> {
  if (record.change) return { ...record, change: record.change };
  const change = await changeOf(scope, record, { desired, replaced });
  if (change) await writeMembers(scope, change);
  return change;
}

async function changeOf(
  scope: ClusterScope,
  record: MembersRecord,
  { desired, replaced }: { desired: readonly string[]; replaced?: string },
): Promise<Change | undefined> {
  if (record.members.length > desired.length) return { ...record, change: 'Leaving' };
  if (record.members.length < desired.length) return { ...record, change: 'Joining' };
  if (replaced === undefined || !(await isToBeReplaced(scope, replaced))) return undefined;
  const others = record.members.filter((name) => name !== replaced);
  const members = await scope.services.etcd.withinAny(scope.namespace, others, (etcd) => etcd.members());
  const id = members.find((member) => nameOf(member) === replaced)?.id ?? '';
  const claim = (await claimOf(scope, replaced))?.metadata.uid ?? '';
  return { ...record, change: 'Replacing', replacement: { member: replaced, id, claim } };
}

async function step(scope: ClusterScope, change: Change, desired: readonly string[]): Promise<void> {
  const { replacement, members: present } = change;
  const asked = present.filter((name) => name !== replacement?.member);
  const { move, members } = await scope.services.etcd.withinAny(scope.namespace, asked, async (etcd) => {
    const before = await etcd.members();
    const next = nextMove(before, { desired, replaced: replacement?.id });
    const changed = await make(scope, etcd, next, change);
    return { move: next, members: changed ? await etcd.members() : before };
  });
  const names = members.map(nameOf).toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
  const awaited = members.filter(({ isLearner }) => isLearner).map(nameOf);
  const now = { ...change, members: names, awaited };
  scope.membersChange = told(move, change);
  if (move.kind === 'none' && (await clearLeftVolumes(scope, desired.length))) return settle(scope, now);
  await writeMembers(scope, now);
  scope.etcdPods = podsOf(now, desired);
}

/** Answers whether the list of members changed. */
async function make(
  scope: ClusterScope,
  etcd: EtcdClient,
  move: Move,
  { replacement }: Change,
): Promise<boolean> {
  switch (move.kind) {
    case 'remove':
      await handOver(scope, etcd, move.member);
      await etcd.removeMember(move.member.id);
      return true;
    case 'promote':
      return etcd.promote(move.member.id);
    case 'add':
      if (replacement?.member === move.name && !(await clearVolume(scope, replacement))) return false;
      await etcd.addLearner(peerUrl(move.name, scope.namespace));
      return true;
    case 'await':
    case 'none':
      return false;
  }
}

/** A leader hands over before it goes, so that nobody waits for an election. */
async function handOver(scope: ClusterScope, etcd: EtcdClient, leaving: EtcdMember): Promise<void> {
  const { leaderId } = await etcd.status();
  const heir = (await etcd.members()).find((member) => member.id !== leaving.id && !member.isLearner);
  if (leaderId !== leaving.id || !heir) return;
  const ordinal = ordinalOf(nameOf(leaving));
  await scope.services.etcd.within(scope.namespace, ordinal, (leader) => leader.moveLeader(heir.id));
}

async function settle(
  scope: ClusterScope,
  { change: _change, replacement, ...record }: MembersRecord,
): Promise<void> {
  scope.membersChange = undefined;
  scope.etcdPods = undefined;
  // First, so that what was asked for is never done twice.
  if (replacement) await tellReplacement(scope, replacement.member);
  await writeMembers(scope, { ...record, awaited: [] });
}

function told(move: Move, { change, members }: Change): string {
  const who = `${members.length} members of etcd`;
  switch (move.kind) {
    case 'remove':
      return `${change}: ${nameOf(move.member)} was taken out of ${who}`;
    case 'promote':
      return `${change}: ${nameOf(move.member)} catches up with ${who}`;
    case 'add':
    case 'await':
      return `${change}: ${move.name} is about to join ${who}`;
    case 'none':
      return `${change}: the pods of members that left are stopping`;
  }
}
