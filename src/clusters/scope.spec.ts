import { expect, it } from '@jest/globals';
import { resources } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import { type Cluster, clusterSpec } from '../model/cluster.js';
import { API_VERSION } from '../model/names.js';
import { ClusterScope, type ClusterServices } from './scope.js';

const namespace = 'berth-c-demo';
const etcd = (generation: number, uid = 'one'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'etcd', namespace, uid, generation },
});

interface Answers {
  cached?: KubeObject;
  answered: KubeObject;
}

/** A pass for which the cache shows one object, and the API server answers another to what is applied. */
function passWith({ cached, answered }: Answers): ClusterScope {
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name: 'demo', namespace },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
  const world = { find: () => cached, ensure: () => Promise.resolve(answered) };
  return new ClusterScope(cluster, { world } as unknown as ClusterServices);
}

it.each<[string, Answers, number | undefined]>([
  ['the cache is behind', { cached: etcd(3), answered: etcd(4) }, 4],
  ['the cache is as new', { cached: etcd(4), answered: etcd(4) }, 4],
  ['the cache has seen a later change', { cached: etcd(5), answered: etcd(4) }, 5],
  ['it was made anew meanwhile', { cached: etcd(1, 'two'), answered: etcd(4) }, 1],
  ['it is not in the cache yet', { answered: etcd(1) }, undefined],
])('what a pass has applied is found as it is now: %s', async (_when, given, generation) => {
  const scope = passWith(given);
  expect(scope.find(resources.StatefulSet, 'etcd')).toBe(given.cached);
  await scope.apply(etcd(0));
  expect(scope.find(resources.StatefulSet, 'etcd')?.metadata.generation).toBe(generation);
});
