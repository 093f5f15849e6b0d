import { describe, expect, it } from '@jest/globals';
import { isTrue, setCondition } from './conditions.js';

const noon = new Date('2026-01-01T12:00:00.000Z');
const later = new Date('2026-01-01T12:05:00.000Z');

describe('setCondition', () => {
  const ready = { type: 'Ready', status: 'False', reason: 'Creating', message: 'etcd starts' } as const;

  it('keeps the transition time while the status stays, even when the reason changes', () => {
    const before = setCondition([], ready, noon);
    const after = setCondition(before, { ...ready, reason: 'Waiting', message: 'API server starts' }, later);
    expect(after[0]).toMatchObject({ reason: 'Waiting', lastTransitionTime: '2026-01-01T12:00:00Z' });
  });

  it('moves the transition time with the status and leaves other conditions alone', () => {
    const before = setCondition(setCondition([], { ...ready, type: 'EtcdReady' }, noon), ready, noon);
    const after = setCondition(before, { ...ready, status: 'True', reason: 'Ready', message: '' }, later);
    expect(after.map((condition) => condition.lastTransitionTime)).toEqual([
      '2026-01-01T12:00:00Z',
      '2026-01-01T12:05:00Z',
    ]);
    expect(isTrue(after, 'Ready')).toBe(true);
    expect(isTrue(after, 'EtcdReady')).toBe(false);
  });
});
