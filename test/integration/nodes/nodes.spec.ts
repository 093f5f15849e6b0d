/** What Berth tells of nodes and does to them, against a real API server. No kubelet runs: the tests write for it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import { resources } from '../../../src/kube/resources.js';
import { drainOnce } from '../../../src/nodes/drain.js';
import { nodeView } from '../../../src/nodes/node-view.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

const careful = { force: false, deleteEmptyDirData: false };
let server: TestApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client();
}, 90_000);
afterAll(() => server?.stop());

describe(nodeView.name, () => {
  it.each([
    ['True', { state: 'Ready' }],
    ['False', { state: 'NotReady', message: 'no network yet' }],
    ['Unknown', { state: 'Vanished', message: expect.stringContaining('silent since 2026-11-21T10:00:00Z') }],
  ])('of a node whose condition Ready is %s', async (status, expected) => {
    const name = `n-${status.toLowerCase()}`;
    await addNode(name);
    const ready = {
      type: 'Ready',
      status,
      reason: 'Test',
      message: 'no network yet',
      lastHeartbeatTime: '2026-11-21T10:00:00Z',
    };
    const nodeInfo = { kubeletVersion: 'v1.36.3' };
    const addresses = [{ type: 'InternalIP', address: '10.0.0.11' }];
    const node = await client.patch(
      resources.Node,
      { name },
      { status: { conditions: [ready], addresses, nodeInfo } },
      { subresource: 'status' },
    );
    expect(nodeView(node, [])).toMatchObject({
      ...expected,
      kubeletVersion: 'v1.36.3',
      address: '10.0.0.11',
    });
  });

  it('of a node that has not reported yet', async () => {
    await addNode('silent');
    const node = await client.get(resources.Node, { name: 'silent' });
    expect(nodeView(node, [])).toMatchObject({ state: 'NotReady', schedulable: true, pods: 0 });
  });
});

describe(drainOnce.name, () => {
  beforeAll(async () => {
    await addNode('busy');
    await addPod('web-1', { owner: 'ReplicaSet', labels: { app: 'web' } });
    await addPod('agent', { owner: 'DaemonSet' });
    await addPod('alone', {});
    await addPod('scratch', { owner: 'ReplicaSet', volumes: [{ name: 'data', emptyDir: {} }] });
    await addPod('guarded', { owner: 'ReplicaSet', labels: { app: 'guarded' } });
    const budget = await client.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'guarded', namespace: 'default' },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'guarded' } } },
    });
    // As its controller would.
    const status = {
      observedGeneration: 1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed: 0,
    };
    await client.patch(resources.PodDisruptionBudget, budget.metadata, { status }, { subresource: 'status' });
  });

  it('asks those to leave that may, says of the others why not, and lets no new ones come', async () => {
    const { evicted, remaining } = await drainOnce(client, 'busy', careful);
    expect(evicted).toEqual(['default/web-1']);
    expect(new Map(remaining.map(({ name, reason }) => [name, reason]))).toEqual(
      new Map([
        ['alone', 'Unmanaged'],
        ['scratch', 'LocalData'],
        ['guarded', 'DisruptionBudget'],
      ]),
    );
    const node = await client.get(resources.Node, { name: 'busy' });
    expect(nodeView(node, []).schedulable).toBe(false);
  });

  it('takes more with it when told to, and is done when nothing is left', async () => {
    const { evicted } = await drainOnce(client, 'busy', { force: true, deleteEmptyDirData: true });
    expect(evicted.toSorted()).toEqual(['default/alone', 'default/scratch']);
    await client.delete(resources.PodDisruptionBudget, { namespace: 'default', name: 'guarded' });
    await drainOnce(client, 'busy', careful);
    for (const name of ['web-1', 'alone', 'scratch', 'guarded']) await forget(name);
    expect(await drainOnce(client, 'busy', careful)).toEqual({ evicted: [], remaining: [] });
    expect(await client.find(resources.Pod, { namespace: 'default', name: 'agent' })).toBeDefined();
  });
});

async function addNode(name: string): Promise<void> {
  await client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
}

interface PodOptions {
  owner?: string;
  labels?: Record<string, string>;
  volumes?: object[];
}

async function addPod(name: string, { owner, labels, volumes }: PodOptions): Promise<void> {
  const ownerReferences = owner && [
    { apiVersion: 'apps/v1', kind: owner, name: 'owner', uid: `uid-of-${name}`, controller: true },
  ];
  const pod = await client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels, ...(ownerReferences && { ownerReferences }) },
    spec: { nodeName: 'busy', containers: [{ name: 'main', image: 'example.dev/main:1' }], volumes },
  });
  const ready = [{ type: 'Ready', status: 'True' }];
  const status = { phase: 'Running', conditions: ready };
  await client.patch(resources.Pod, pod.metadata, { status }, { subresource: 'status' });
}

/** What the kubelet does when the containers have ended. */
async function forget(name: string): Promise<void> {
  await client.delete(resources.Pod, { namespace: 'default', name }, { gracePeriodSeconds: 0 });
}
