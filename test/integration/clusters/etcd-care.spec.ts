/** Care for etcd over a real API server. etcd is the tests': what its members answer is what they are about. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { EtcdCareReconciler } from '../../../src/clusters/etcd/care.reconciler.js';
import type { ClusterServices } from '../../../src/clusters/scope.js';
import { ClusterWorld } from '../../../src/clusters/world.js';
import { systemClock } from '../../../src/core/clock.js';
import { BerthError } from '../../../src/core/errors.js';
import { Metrics } from '../../../src/core/metrics.js';
import { Informers } from '../../../src/kube/informers.js';
import { berthResources } from '../../../src/model/kinds.js';
import { API_VERSION, clusterLabels } from '../../../src/model/names.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';

jest.setTimeout(120_000);

const namespace = 'berth-c-demo';
const asked = { namespace, name: 'defragment-1' };

let api: TestApi;
let informers: Informers;
let world: ClusterWorld;
let reconciler: EtcdCareReconciler;
const away = new Set<string>();
const defragmented: string[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  const body = { metadata: { name: 'demo' }, spec: { version: '1.36.3' } };
  expect((await api.send('/api/v1/clusters', { body })).status).toBe(201);
  const status = { initializedAt: new Date().toISOString() };
  const demo = { namespace, name: 'demo' };
  await api.client.patch(berthResources.Cluster, demo, { status }, { subresource: 'status' });
  await api.client.create(threeMembers());
  const spec = { type: 'Defragment', cluster: 'demo', cause: { user: 'anna' } };
  await api.client.create({ apiVersion: API_VERSION, kind: 'Operation', metadata: asked, spec });
  informers = new Informers(api.client);
  world = await ClusterWorld.open(api.client, informers, AbortSignal.timeout(60_000));
  const services = { client: api.client, world, clock: systemClock, etcd: { withinAny } };
  reconciler = new EtcdCareReconciler(services as unknown as ClusterServices, new Metrics());
}, 90_000);
afterAll(async () => {
  await informers?.close();
  await api?.stop();
});

function threeMembers() {
  const labels = clusterLabels('demo', 'default');
  const args = ['--quota-backend-bytes=1000000'];
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'etcd', image: 'etcd', args }] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'etcd', namespace, labels },
    spec: { replicas: 3, serviceName: 'etcd', selector: { matchLabels: labels }, template },
  };
}

async function withinAny(
  _namespace: string,
  [name = '']: string[],
  work: (member: object) => Promise<unknown>,
) {
  if (away.has(name)) throw new BerthError('EtcdUnavailable', `${name} does not answer`);
  const status = { memberId: name.slice(5), leaderId: '1', revision: 7, version: '3.6.0' };
  return work({
    status: () => Promise.resolve({ ...status, dbSize: 1000, dbSizeInUse: 900 }),
    alarms: () => Promise.resolve([]),
    hash: () => Promise.resolve({ hash: 1, compactRevision: '0' }),
    defragment: () => Promise.resolve(defragmented.push(name)),
  });
}

/** One pass, after which the cache has what it wrote of the operation. */
async function pass() {
  await reconciler.reconcile(`${namespace}/demo`);
  const { metadata, status } = await api.client.get(berthResources.Operation, asked);
  const isCached = () =>
    Promise.resolve(
      world.find(berthResources.Operation, asked)?.metadata.resourceVersion === metadata.resourceVersion,
    );
  await eventually(isCached, 'the operation to be in the cache');
  return status;
}

it('a defragmentation that was asked for says why it waits, and is done when the member is back', async () => {
  away.add('etcd-2');
  expect(await pass()).toMatchObject({
    state: 'Waiting',
    message: expect.stringContaining('etcd-2 does not answer') as unknown,
    steps: [{ name: 'AwaitMembers', state: 'Waiting', reason: 'MemberDown' }],
  });
  expect(defragmented).toEqual([]);
  away.clear();
  const status = await pass();
  expect(status?.state).toBe('Succeeded');
  expect(status?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'AwaitMembers Done',
    ...['etcd-0', 'etcd-2', 'etcd-1'].map((name) => `Defragment ${name} Done`),
  ]);
  expect(defragmented).toEqual(['etcd-0', 'etcd-2', 'etcd-1']);
});
