import { describe, expect, it } from '@jest/globals';
import type { RenderedControlPlane } from '../control-plane/component.js';
import { clusterSpec } from '../model/cluster.js';
import { mastersDigest, revisionOf } from './pinning.js';

const spec = clusterSpec.parse({ version: '1.36.3' });
const stage = { kubernetesVersion: '1.36.3' };

describe('the digest of what reaches the masters', () => {
  it('changes with a flag', () => {
    const changed = { ...spec, apiServer: { extraArgs: { v: '4' } } };
    expect(mastersDigest(changed, stage)).not.toBe(mastersDigest(spec, stage));
  });

  it('does not change with a name for people', () => {
    expect(mastersDigest({ ...spec, displayName: 'Shop' }, stage)).toBe(mastersDigest(spec, stage));
  });

  it('changes with the stage of an upgrade, not with the version that is asked for', () => {
    expect(mastersDigest({ ...spec, version: '1.37.0' }, stage)).toBe(mastersDigest(spec, stage));
    expect(mastersDigest(spec, { ...stage, actsAs: '1.35.4' })).not.toBe(mastersDigest(spec, stage));
  });
});

describe('a revision of the masters', () => {
  const masters = (image: string): RenderedControlPlane =>
    new Map([
      ['etcd', [{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'etcd' }, spec: { image } }]],
    ]);

  it('has the same name for the same objects whatever its number, so that it is stored once', () => {
    const nameOf = (image: string, number: number) =>
      revisionOf('masters', masters(image), { namespace: 'berth-c-demo', number }).metadata.name;
    expect(nameOf('a', 7)).toBe(nameOf('a', 1));
    expect(nameOf('b', 1)).not.toBe(nameOf('a', 1));
  });

  it('gives the objects back as they were, in their order', () => {
    const revision = revisionOf('masters', masters('a'), { namespace: 'berth-c-demo', number: 1 });
    const stored = JSON.parse(JSON.stringify(revision)) as typeof revision;
    expect(new Map(stored.data.masters)).toEqual(masters('a'));
  });
});
