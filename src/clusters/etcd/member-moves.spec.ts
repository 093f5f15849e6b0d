import { describe, expect, it } from '@jest/globals';
import type { EtcdMember } from '../../control-plane/etcd/client/etcd-client.js';
import { memberName, memberNames, peerUrl } from '../../control-plane/etcd/members.js';
import { type Move, nameOf, nextMove, podsOf } from './member-moves.js';

function member(ordinal: number, more: Partial<EtcdMember> = {}): EtcdMember {
  const name = memberName(ordinal);
  const peerUrls = [peerUrl(name, 'berth-c-demo')];
  return { id: `id-${ordinal}`, name, peerUrls, isLearner: false, ...more };
}

/** One that was added and has not started. */
const added = (ordinal: number) => member(ordinal, { name: '', isLearner: true, id: `new-${ordinal}` });

function told(move: Move): string {
  if (move.kind === 'none') return move.kind;
  return `${move.kind} ${'member' in move ? nameOf(move.member) : move.name}`;
}

describe('the next move of members of etcd', () => {
  const three = { desired: memberNames(3) };

  it('from one to three: each is added, awaited and promoted before the next one comes', () => {
    expect(told(nextMove([member(0)], three))).toBe('add etcd-1');
    expect(told(nextMove([member(0), added(1)], three))).toBe('await etcd-1');
    expect(told(nextMove([member(0), member(1, { isLearner: true })], three))).toBe('promote etcd-1');
    expect(told(nextMove([member(0), member(1)], three))).toBe('add etcd-2');
    expect(told(nextMove([member(0), member(1), member(2)], three))).toBe('none');
  });

  it('from three to one: the last one goes first', () => {
    const one = { desired: memberNames(1) };
    expect(told(nextMove([member(2), member(0), member(1)], one))).toBe('remove etcd-2');
    expect(told(nextMove([member(1), member(0)], one))).toBe('remove etcd-1');
    expect(told(nextMove([member(0)], one))).toBe('none');
  });

  it('takes back a member that was added and is no longer wanted', () => {
    expect(told(nextMove([member(0), added(1)], { desired: memberNames(1) }))).toBe('remove etcd-1');
  });

  it('replaces a member: the old one goes, one with another id comes', () => {
    const replacing = { ...three, replaced: 'id-1' };
    expect(told(nextMove([member(0), member(1), member(2)], replacing))).toBe('remove etcd-1');
    expect(told(nextMove([member(0), member(2)], replacing))).toBe('add etcd-1');
    expect(told(nextMove([member(0), added(1), member(2)], replacing))).toBe('await etcd-1');
    expect(told(nextMove([member(0), member(1, { id: 'new-1' }), member(2)], replacing))).toBe('none');
  });
});

describe('the pods of etcd while its members change', () => {
  const replacement = { member: 'etcd-1', id: 'id-1', claim: 'claim-1' };

  it('are as many as there are members, and those that were there are left alone', () => {
    expect(podsOf({ members: memberNames(1) }, memberNames(3))).toEqual({ replicas: 1, partition: 1 });
    expect(podsOf({ members: memberNames(2) }, memberNames(3))).toEqual({ replicas: 2, partition: 1 });
    expect(podsOf({ members: memberNames(3) }, memberNames(1))).toEqual({ replicas: 3, partition: 3 });
    expect(podsOf({ members: memberNames(2) }, memberNames(1))).toEqual({ replicas: 2, partition: 2 });
  });

  it('keep the place of one that is replaced, and none goes that has a vote when fewer are wanted meanwhile', () => {
    expect(podsOf({ members: ['etcd-0', 'etcd-1'], replacement }, memberNames(3)).replicas).toBe(3);
    expect(podsOf({ members: ['etcd-0', 'etcd-2'], replacement }, memberNames(1)).replicas).toBe(3);
  });
});
