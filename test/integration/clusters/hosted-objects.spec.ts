/** What Berth keeps in a hosted cluster, against a real API server: made, left alone, repaired, removed. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ADDON_LABEL, renderAddons } from '../../../src/addons/addons.js';
import { HostedCluster } from '../../../src/clusters/hosted-clusters.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { resources } from '../../../src/kube/resources.js';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { when } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { joinInput } from '../../support/nodes.js';

// The API server of the tests has its Services in 10.0.0.0/24.
const input = { ...joinInput, network: { ...joinInput.network, serviceCIDR: '10.0.0.0/24' } };
const addons = (settings = {}) => [...renderAddons({ ...input, settings }).values()].flat();
const everything = [...joinObjects(input), ...addons()];
const listeners = new Set<() => void>();
const onChange = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
let server: TestApiServer;
let admin: KubeClient;
let hosted: HostedCluster;
/** Applies under way, and the most there ever were. */
let underWay = 0;
let most = 0;

beforeAll(async () => {
  server = await startKubeApiServer();
  admin = await server.client();
  const changed = () => listeners.forEach((listener) => listener());
  const client = await server.client();
  const apply = client.apply.bind(client);
  client.apply = async (...args) => {
    most = Math.max(most, (underWay += 1));
    return apply(...args).finally(() => (underWay -= 1));
  };
  hosted = new HostedCluster(client, { changed, requested: () => undefined });
  await hosted.synced();
  await ensureAll();
}, 90_000);
afterAll(async () => {
  await hosted?.close();
  await server?.stop();
});

const ensureAll = () => hosted.ensure(everything, 'berth-clusters');
const find = ({ kind, metadata }: (typeof everything)[number]) =>
  hosted.find({ kind, namespace: metadata.namespace, name: metadata.name });

it('everything is taken by the API server, and nothing is written again', async () => {
  await when(() => everything.every(find), onChange, 'all objects in the caches');
  const before = everything.map((object) => find(object)?.metadata.resourceVersion);
  await ensureAll();
  expect(everything.map((object) => find(object)?.metadata.resourceVersion)).toEqual(before);
});

it('an API server that has just started gets it a few at a time', () => {
  expect(most).toBeLessThanOrEqual(4);
});

it('a Berth that starts again writes nothing again', async () => {
  const client = await server.client();
  const applied: string[] = [];
  const apply = client.apply.bind(client);
  client.apply = (object, options) => {
    applied.push(`${object.kind} ${object.metadata.name}`);
    return apply(object, options);
  };
  const again = new HostedCluster(client, { changed: () => undefined, requested: () => undefined });
  try {
    await again.synced();
    await again.ensure(everything, 'berth-clusters');
  } finally {
    await again.close();
  }
  expect(applied).toEqual([]);
});

it('what others do to it is undone, and signatures of tokens stay', async () => {
  const clusterInfo = { namespace: 'kube-public', name: 'cluster-info' };
  const data = { kubeconfig: 'damaged', 'jws-kubeconfig-abcdef': 'signature' };
  await admin.patch(resources.ConfigMap, clusterInfo, { data });
  await admin.delete(resources.ClusterRoleBinding, { name: 'kubeadm:kubelet-bootstrap' });
  const live = () => hosted.find({ kind: 'ConfigMap', ...clusterInfo });
  const texts = () => live()?.['data'] as Record<string, string>;
  const gone = () => !hosted.find({ kind: 'ClusterRoleBinding', name: 'kubeadm:kubelet-bootstrap' });
  await when(() => gone() && texts()['kubeconfig'] === 'damaged', onChange, 'the damage in the caches');
  await ensureAll();
  await when(() => !gone() && texts()['kubeconfig'] !== 'damaged', onChange, 'the repair in the caches');
  expect(texts()['jws-kubeconfig-abcdef']).toBe('signature');
});

it('an addon that is switched off is removed, and nothing else', async () => {
  const without = addons({ kubeProxy: { enabled: false } });
  await hosted.prune(ADDON_LABEL, without);
  const proxy = { namespace: 'kube-system', name: 'kube-proxy' };
  await when(() => !hosted.find({ kind: 'DaemonSet', ...proxy }), onChange, 'kube-proxy to be gone');
  expect(await admin.find(resources.ConfigMap, proxy)).toBeUndefined();
  expect(await admin.find(resources.Role, proxy)).toBeDefined();
  expect(await admin.find(resources.Deployment, { namespace: 'kube-system', name: 'coredns' })).toBeDefined();
});
