import { expect, it } from '@jest/globals';
import { BerthError } from '../../core/errors.js';
import type { Condition } from '../../model/fields.js';
import type { Cluster } from '../../model/cluster.js';
import type { Instance } from '../../model/instance.js';
import { InstanceReconciler, type InstanceServices } from './instance.reconciler.js';

const { signal } = new AbortController();

/** The reasons that an instance tells after a pass during which its cluster still lists. */
async function toldWhileListing(before: Partial<Condition>[]): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  const instance = { metadata: { name: 'shop' }, status: { conditions: before } } as unknown as Instance;
  const cluster = {
    metadata: { name: 'demo' },
    status: { initializedAt: '2026-11-21T12:00:00Z' },
  } as Cluster;
  const listing = new BerthError('ListUnderWay', 'Cluster "demo" is still listing its Pod objects.');
  const services = {
    world: { instances: { get: () => instance }, clusterOf: () => cluster },
    clusters: { open: () => Promise.reject(listing) },
    client: {
      replace: (object: Instance) =>
        told.push(...(object.status?.conditions ?? []).map(({ reason }) => reason)),
    },
    clock: { now: () => 0 },
  };
  const reconciler = new InstanceReconciler(services as unknown as InstanceServices);
  await expect(reconciler.reconcile('berth-c-demo/shop', { signal })).rejects.toBe(listing);
  return told;
}

it('tells that a cluster is still listed', async () => {
  expect(await toldWhileListing([])).toEqual(['ListUnderWay']);
});

it('does not take a cluster for reachable again before it has listed anything', async () => {
  const unreachable = { type: 'Ready', status: 'Unknown', reason: 'ClusterUnreachable' } as const;
  expect(await toldWhileListing([unreachable])).toEqual([]);
});
