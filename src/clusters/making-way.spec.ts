import { expect, it } from '@jest/globals';
import type { Resource } from '../kube/types.js';
import { resources } from '../kube/resources.js';
import { type Cluster, type ClusterStatus, clusterSpec } from '../model/cluster.js';
import { API_VERSION } from '../model/names.js';
import { MAKING_WAY, madeWayFor, makesWayUntil } from './making-way.js';
import { ClusterScope, type ClusterServices } from './scope.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

interface Other {
  createdAgo?: number;
  status?: Partial<ClusterStatus>;
  deletionTimestamp?: string;
}

const apiServer = (available: boolean): ClusterStatus => {
  const version = '1.36.3';
  const rest = { replicas: 1, readyReplicas: Number(available), rolledOut: available };
  return { components: [{ name: 'kube-apiserver', version, available, ...rest }] };
};
const starting = { status: apiServer(false) };
const condition = (type: string, status: 'True' | 'False', reason: string) => {
  return { type, status, reason, message: '', lastTransitionTime: ago(1) };
};
const stalled = condition('Stalled', 'True', 'SpecRefused');

function cluster(name: string, { createdAgo = 5, status, deletionTimestamp }: Other = {}): Cluster {
  const creationTimestamp = ago(createdAgo);
  return {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name, namespace: `berth-c-${name}`, uid: name, creationTimestamp, deletionTimestamp },
    spec: clusterSpec.parse({ version: '1.36.3' }),
    status,
  };
}

const node = (cpu: string) => ({ metadata: { name: 'node' }, status: { allocatable: { cpu } } });

/** A pass over a cluster whose API server has just come up, beside others, on a meta-cluster with these nodes. */
function passBeside(
  others: Other[],
  { nodes = ['2'], ...own }: Other & { nodes?: string[] } = {},
): ClusterScope {
  const mine = cluster('mine', own);
  const clusters = [mine, ...others.map((other, number) => cluster(`other-${number}`, other))];
  const list = (resource: Resource) => (resource.kind === resources.Node.kind ? nodes.map(node) : clusters);
  return new ClusterScope(mine, { world: { list }, clock: { now: () => NOW } } as unknown as ClusterServices);
}

it.each<[string, ClusterScope, number | undefined]>([
  ['alone', passBeside([]), undefined],
  ['fewer start than there are CPUs', passBeside([starting]), undefined],
  ['as many start as there are CPUs', passBeside([starting, starting]), 115],
  ['there are CPUs on several nodes', passBeside([starting, starting], { nodes: ['2', '500m'] }), undefined],
  ['the nodes are not known', passBeside([starting, starting], { nodes: [] }), undefined],
  ['another has started', passBeside([starting, { status: apiServer(true) }]), undefined],
  ['another has no masters yet', passBeside([starting, {}]), undefined],
  ['another is being deleted', passBeside([starting, { ...starting, deletionTimestamp: ago(1) }]), undefined],
  [
    'another was refused',
    passBeside([starting, { status: { ...apiServer(false), conditions: [stalled] } }]),
    undefined,
  ],
  [
    'another has been trying for minutes',
    passBeside([starting, { ...starting, createdAgo: 120 }]),
    undefined,
  ],
  [
    'it has answered for a moment',
    passBeside([starting, starting], { status: { initializedAt: ago(10) } }),
    20,
  ],
  [
    'it has answered for long',
    passBeside([starting, starting], { status: { initializedAt: ago(30) } }),
    undefined,
  ],
  ['it is no new cluster', passBeside([starting, starting], { createdAgo: 120 }), undefined],
])('makes way for API servers of other new clusters: %s', (_when, scope, seconds) => {
  expect(makesWayUntil(scope)).toBe(seconds && NOW + seconds * 1000);
});

const waiting = condition('Ready', 'False', MAKING_WAY);

it.each<[string, Other, string[]]>([
  ['has started', { status: apiServer(true) }, ['waits']],
  ['is being deleted', { ...starting, deletionTimestamp: ago(1) }, ['waits']],
  ['still starts', starting, []],
  ['was not waited for', { createdAgo: 120, status: apiServer(true) }, []],
])('those that made way are looked at when another %s', (_when, changed, expected) => {
  const clusters = [cluster('ready'), cluster('waits', { status: { conditions: [waiting] } })];
  const woken = madeWayFor(cluster('other', changed), clusters, NOW);
  expect(woken.map(({ metadata }) => metadata.name)).toEqual(expected);
});
