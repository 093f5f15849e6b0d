import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../../core/errors.js';
import type { EtcdMembers } from '../etcd-access.js';
import { differingMembers } from './hashes.js';
import type { Observation } from './observation.js';

type Answer = { hash: number; compactRevision: string } | undefined;

/** What is said of members that answer like this, when asked for their hash. */
function differing(answers: readonly Answer[]): Promise<string[] | undefined> {
  const members = answers.map((_, at) => ({ name: `etcd-${at}` }));
  const withinAny = async (_namespace: string, [name = '']: string[], work: (member: object) => unknown) => {
    const answer = answers[Number(name.slice(5))];
    if (!answer) throw new BerthError('EtcdUnavailable', `${name} does not answer`);
    return work({ hash: () => Promise.resolve(answer) });
  };
  const observation: Observation = { members, alarms: [], quotaBytes: 1 };
  return differingMembers({ withinAny } as unknown as EtcdMembers, 'berth-c-demo', observation);
}

const same = { hash: 1, compactRevision: '5' };

describe('comparing what members hold', () => {
  it('names who holds something else than the majority', async () => {
    expect(await differing([same, same, same])).toEqual([]);
    expect(await differing([same, { ...same, hash: 2 }, same])).toEqual(['etcd-1']);
  });

  it('says nothing of members that cannot be compared', async () => {
    expect(await differing([same, { hash: 2, compactRevision: '4' }, same])).toBeUndefined();
    expect(await differing([same, undefined, { ...same, hash: 2 }])).toBeUndefined();
  });
});
