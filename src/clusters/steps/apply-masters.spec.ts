import { beforeEach, expect, it } from '@jest/globals';
import { VERSION_LABEL } from '../../control-plane/component.js';
import { components } from '../../control-plane/render.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { resources } from '../../kube/resources.js';
import { API_VERSION, clusterNamespace } from '../../model/names.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { applyMasters, awaitComponent } from './apply-masters.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const creationTimestamp = new Date(NOW - 10_000).toISOString();
const [, , controllerManager] = components;
const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler'];
const WAY_MS = 110_000;

const workload = (name: string): KubeObject => {
  const kind = name === 'etcd' ? 'StatefulSet' : 'Deployment';
  const labels = { [VERSION_LABEL]: '1.36.3' };
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const spec = { replicas: 1, template: { metadata: { labels } } };
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec, status: counts };
};

function cluster(name: string, apiServer: boolean): Cluster {
  const counts = { replicas: 1, readyReplicas: 1, rolledOut: apiServer, available: apiServer };
  return {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name, namespace: clusterNamespace(name), uid: name, creationTimestamp },
    spec: clusterSpec.parse({ version: '1.36.3' }),
    status: { components: [{ name: 'kube-apiserver', version: '1.36.3', ...counts }] },
  };
}

let live: Set<string>;
let applied: string[];

beforeEach(() => {
  live = new Set(['etcd', 'kube-apiserver']);
  applied = [];
});

/** A pass over a cluster, on a machine with two CPUs, beside so many others whose API servers start. */
function passBeside(starting: number): ClusterScope {
  const mine = cluster('mine', true);
  const clusters = [
    mine,
    ...Array.from({ length: starting }, (_, number) => cluster(`other-${number}`, false)),
  ];
  const lists = new Map<string, object[]>([
    [berthResources.Cluster.kind, clusters],
    [resources.Node.kind, [{ status: { allocatable: { cpu: '2' } } }]],
  ]);
  const world = {
    list: ({ kind }: Resource) => lists.get(kind) ?? [],
    find: (_kind: Resource, { name }: { name: string }) => (live.has(name) ? workload(name) : undefined),
    owned: () => [],
    ensure: (object: KubeObject) => {
      applied.push(object.metadata.name);
      return Promise.resolve(object);
    },
  };
  const clock = { now: () => NOW };
  const scope = new ClusterScope(mine, { world, clock } as unknown as ClusterServices);
  scope.masters = new Map(components.map(({ name }) => [name, [workload(name)]]));
  return scope;
}

async function pass(scope: ClusterScope) {
  const { signal } = new AbortController();
  await applyMasters.run(scope, signal);
  return awaitComponent(controllerManager!).run(scope, signal);
}

it('keeps the controllers of a new cluster back while API servers of others start', async () => {
  const scope = passBeside(2);
  expect(await pass(scope)).toMatchObject({ kind: 'wait', reason: 'MakingWay' });
  expect(applied).toEqual(['etcd', 'kube-apiserver']);
  expect(scope.lookAgainMs).toBe(NOW + WAY_MS);
});

it('creates them when the others are through', async () => {
  expect(await pass(passBeside(1))).toMatchObject({ kind: 'wait', reason: 'NotCreated' });
  expect(applied).toEqual(['etcd', 'kube-apiserver', ...CONTROLLERS]);
});

it('does not wait with what is there already', async () => {
  for (const name of CONTROLLERS) live.add(name);
  expect(await pass(passBeside(2))).toMatchObject({ kind: 'continue' });
  expect(applied).toEqual(['etcd', 'kube-apiserver', ...CONTROLLERS]);
});
