import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube/types.js';
import { originOf, withOrigin } from './origin.js';

const first: KubeObject = {
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'Instance',
  metadata: { name: 'shop', uid: 'u-1', creationTimestamp: '2026-01-02T03:04:05Z', generation: 7 },
};

function movedTo(uid: string, generation: number, before: KubeObject): KubeObject {
  const metadata = { name: 'shop', uid, creationTimestamp: '2026-05-05T05:05:05Z', generation };
  return { ...before, metadata: { ...metadata, annotations: withOrigin(before) } };
}

describe('what an object was before it was moved', () => {
  it('is what its metadata say when it never was', () => {
    expect(originOf(first)).toEqual({ uid: 'u-1', createdAt: '2026-01-02T03:04:05Z', generation: 7 });
    expect(originOf({ metadata: { name: 'new' } })).toEqual({ uid: '', createdAt: '', generation: 1 });
  });

  it('stays over several moves, and generations count on', () => {
    const second = movedTo('u-2', 1, first);
    expect(originOf(second)).toEqual(originOf(first));
    const changed = movedTo('u-2', 3, first);
    expect(originOf(changed).generation).toBe(9);
    const third = movedTo('u-3', 2, changed);
    expect(originOf(third)).toEqual({ uid: 'u-1', createdAt: '2026-01-02T03:04:05Z', generation: 10 });
  });
});
