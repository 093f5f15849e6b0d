import { expect, it } from '@jest/globals';
import { API_VERSION } from '../model/names.js';
import type { Operation, OperationType } from '../model/operation.js';
import { expiredRecords } from './operation-history.js';

/** `count` records of a type, one a minute; the last is the newest. */
function records(type: OperationType, count: number, finished = true): Operation[] {
  return Array.from({ length: count }, (_, minute) => {
    const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    return {
      apiVersion: API_VERSION,
      kind: 'Operation',
      metadata: { name: `${type.toLowerCase()}-${minute}`, creationTimestamp: time },
      spec: { type, cluster: 'demo', cause: { user: 'anna' } },
      status: { state: finished ? 'Succeeded' : 'Running', startedAt: time, steps: [] },
    };
  });
}

const names = (operations: Operation[]) => operations.map(({ metadata }) => metadata.name);

it('the oldest finished records go, each type by itself', () => {
  const all = [...records('Upgrade', 51), ...records('Backup', 22), ...records('Drill', 20)];
  expect(names(expiredRecords(all)).toSorted()).toEqual(['backup-0', 'backup-1', 'upgrade-0']);
});

it('backups every hour push out no record of an upgrade', () => {
  const expired = expiredRecords([...records('Upgrade', 1), ...records('Backup', 500)]);
  expect(new Set(expired.map(({ spec }) => spec.type))).toEqual(new Set(['Backup']));
});

it('what is under way stays, whatever its age', () => {
  expect(expiredRecords(records('Backup', 300, false))).toEqual([]);
});

it('a long history goes in parts, the oldest first', () => {
  const expired = names(expiredRecords(records('Backup', 500)));
  expect(expired).toHaveLength(25);
  expect(expired[0]).toBe('backup-0');
});
