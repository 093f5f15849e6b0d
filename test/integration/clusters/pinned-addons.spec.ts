/** The addons of a running cluster stay as they were pinned, whatever this Berth would render. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pinnedAddons } from '../../../src/clusters/addons.js';
import {
  controllerRevision,
  type Rendered,
  type Revision,
  revisionOf,
} from '../../../src/clusters/pinning.js';
import { ClusterScope, type ClusterServices, withLabels } from '../../../src/clusters/scope.js';
import { ClusterWorld } from '../../../src/clusters/world.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { Informers } from '../../../src/kube/informers.js';
import type { Cluster, ClusterStatus } from '../../../src/model/cluster.js';
import { specWith } from '../../support/masters.js';
import { installBerth } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

const namespace = 'berth-c-demo';
const status: ClusterStatus = {
  endpoint: {
    host: 'demo.berth.test',
    internalAddresses: ['10.128.0.2'],
    internalPort: 30443,
    agentPort: 30444,
  },
  pinned: { revision: 'masters-x', specDigest: 'x', kubernetesVersion: '1.36.3', etcdVersion: '3.6.16' },
};
let server: TestApiServer;
let client: KubeClient;
let informers: Informers;
let services: ClusterServices;

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client();
  await installBerth(client);
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  informers = new Informers(client);
  const world = await ClusterWorld.open(client, informers, new AbortController().signal);
  services = { client, world } as ClusterServices;
}, 90_000);
afterAll(async () => {
  await informers?.close();
  await server?.stop();
});

/** One pass over the cluster as the last one left its status. */
function pass(left: ClusterStatus, spec: Record<string, unknown> = {}): ClusterScope {
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace },
    spec: specWith({ konnectivity: { enabled: true }, ...spec }),
    status: left,
  };
  return new ClusterScope(cluster, services);
}

async function pinned(
  left: ClusterStatus = status,
  spec = {},
): Promise<{ scope: ClusterScope; addons: Rendered }> {
  const scope = pass(left, spec);
  const addons = await pinnedAddons(scope);
  if (!addons) throw new Error('the masters are not settled');
  return { scope, addons };
}

const revisionNamed = (name = '') => client.find(controllerRevision, { namespace, name });
const revisions = async () =>
  (await client.list(controllerRevision, { namespace })).items
    .map(({ metadata }) => metadata.name)
    .toSorted();
const textOf = (addons: Rendered) => JSON.stringify([...addons]);

/** The status as a Berth left it that rendered something else of the same settings. */
async function pinnedByAnother(lameduck: string): Promise<ClusterStatus> {
  const { scope, addons } = await pinned();
  const others = JSON.parse(textOf(addons).replaceAll('lameduck 5s', lameduck)) as [string, never][];
  const revision: Revision = revisionOf('addons', new Map(others), { namespace, number: 7 });
  await client.create(withLabels(revision, scope.cluster));
  const { inputDigest = '' } = scope.status.pinnedAddons ?? {};
  return { ...scope.status, pinnedAddons: { revision: revision.metadata.name, inputDigest } };
}

it('stores what it rendered first, and uses it from then on without writing', async () => {
  const first = await pinned();
  const { revision } = first.scope.status.pinnedAddons ?? {};
  expect(await revisionNamed(revision)).toMatchObject({ revision: 1 });
  const again = await pinned(first.scope.status);
  expect(again.scope.status).toEqual(first.scope.status);
  expect(textOf(again.addons)).toBe(textOf(first.addons));
  expect(await revisions()).toEqual([revision]);
});

it('keeps what another Berth pinned, from the first pass on', async () => {
  const left = await pinnedByAnother('lameduck 4s');
  const before = await revisions();
  // The cache may not have the revision yet: no pass may take that for its absence.
  const { scope, addons } = await pinned(left);
  expect(textOf(addons)).toContain('lameduck 4s');
  expect(scope.status.pinnedAddons).toEqual(left.pinnedAddons);
  expect(await revisions()).toEqual(before);
});

it('renders anew when the settings change', async () => {
  const left = await pinnedByAnother('lameduck 3s');
  const { scope, addons } = await pinned(left, { addons: { metricsServer: { enabled: false } } });
  expect(textOf(addons)).toContain('lameduck 5s');
  expect(addons.has('metricsServer')).toBe(false);
  expect(scope.status.pinnedAddons?.revision).not.toBe(left.pinnedAddons?.revision);
});

it('renders anew when the revision is gone', async () => {
  const { scope } = await pinned();
  const name = scope.status.pinnedAddons?.revision ?? '';
  await client.delete(controllerRevision, { namespace, name });
  const cached = () => services.world.find(controllerRevision, { namespace, name });
  await eventually(() => Promise.resolve(cached() === undefined), 'the cache to lose it');
  const { addons } = await pinned(scope.status);
  expect(textOf(addons)).toContain('lameduck 5s');
  expect(await revisionNamed(name)).toBeDefined();
});
