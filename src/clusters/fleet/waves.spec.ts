import { describe, expect, it } from '@jest/globals';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import type { FleetWave } from '../../model/fleet-upgrade.js';
import { chosenClusters, inWaves } from './waves.js';

function cluster(name: string, labels: Record<string, string> = {}, metadata: object = {}): Cluster {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace: `berth-c-${name}`, labels, ...metadata },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
}
const ten = Array.from({ length: 10 }, (_, i) => cluster(`c${i}`, i % 5 === 4 ? { tier: 'canary' } : {}));

/** `c0 c1 | c2`: clusters, wave by wave. */
function waves(given: FleetWave[]): string {
  const targets = inWaves(ten, given);
  const groups = Array.from({ length: targets.at(-1)?.wave ?? 0 }, (_, i) =>
    targets.filter(({ wave }) => wave === i + 1).map((target) => target.cluster),
  );
  return groups.map((group) => group.join(' ')).join(' | ');
}

describe(inWaves, () => {
  it.each<[string, FleetWave[], string]>([
    ['all in one', [], 'c0 c1 c2 c3 c4 c5 c6 c7 c8 c9'],
    [
      'shares count those of earlier waves',
      [{ percent: 10 }, { percent: 50 }],
      'c0 | c1 c2 c3 c4 | c5 c6 c7 c8 c9',
    ],
    ['a share is at least one cluster', [{ percent: 1 }], 'c0 | c1 c2 c3 c4 c5 c6 c7 c8 c9'],
    ['canaries first', [{ selector: 'tier=canary' }], 'c4 c9 | c0 c1 c2 c3 c5 c6 c7 c8'],
    ['some of the canaries', [{ selector: 'tier=canary', percent: 10 }], 'c4 | c0 c1 c2 c3 c5 c6 c7 c8 c9'],
    [
      'a wave of nobody is none',
      [{ selector: 'tier=none' }, { percent: 100 }],
      'c0 c1 c2 c3 c4 c5 c6 c7 c8 c9',
    ],
  ])('%s', (_what, given, expected) => {
    expect(waves(given)).toBe(expected);
  });
});

describe(chosenClusters, () => {
  const names = (spec: { selector: string; tenants?: string[] }, clusters: Cluster[]) =>
    chosenClusters(spec, clusters).map(({ metadata }) => metadata.name);

  it('takes those whose labels and tenants match, by name, but for what is being deleted', () => {
    const going = cluster('a', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(names({ selector: '' }, [cluster('c'), cluster('b'), going])).toEqual(['b', 'c']);
    expect(names({ selector: 'tier=canary' }, ten)).toEqual(['c4', 'c9']);
    expect(names({ selector: '', tenants: ['other'] }, ten)).toEqual([]);
  });
});
