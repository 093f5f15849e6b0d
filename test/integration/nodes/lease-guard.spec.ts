/**
 * Masters that lose most of their nodes at once are cut off, more likely than the nodes are dead: a real
 * controller-manager with the flags of our manifests then evicts nobody. There are no kubelets: the test renews leases.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parseArguments } from '../../../src/control-plane/arguments.js';
import type { Workload } from '../../../src/control-plane/component.js';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { Informers } from '../../../src/kube/informers.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject, Resource } from '../../../src/kube/types.js';
import { when } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { ControllerManager } from '../../support/kube-controller-manager.js';
import { mastersInput } from '../../support/masters.js';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const RENEWAL_MS = 1_000;
/** From one look of the controller-manager at its nodes to the next. */
const LOOK_MS = 1_000;
/** Evictions come 2 s after a node's taint, taints at two a second: without a hold everything is over long before. */
const RENEWALS_HELD = 12;

let server: TestApiServer;
let controllers: ControllerManager;
let client: KubeClient;
let informers: Informers;
let alive: Set<string>;
let renewing: NodeJS.Timeout | undefined;
let renewals = 0;
const listeners = new Set<() => void>();

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client();
  informers = new Informers(client);
  alive = new Set(NODES);
  const leases = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' } };
  await client.apply(leases, { fieldManager: 'test' });
  for (const name of NODES) await addNode(name);
  await renew();
  renewing = setTimeout(renewAgain, RENEWAL_MS);
  controllers = await ControllerManager.start(
    server,
    ['node-lifecycle-controller', 'taint-eviction-controller'],
    [...guardFlags(), ...quick],
  );
  await readyNodes(NODES.length);
}, 120_000);
afterAll(async () => {
  clearTimeout(renewing);
  renewing = undefined;
  await informers?.close();
  await controllers?.stop();
  await server?.stop();
});

it('one node that dies is evicted', async () => {
  alive.delete('n5');
  await until(resources.Pod, 'the pod of n5 to go', (left) => !left.some(isOn('n5')));
  alive.add('n5');
  await readyNodes(5);
  await client.create(pod('n5'));
}, 60_000);

it('most nodes at once are not, however large the cluster, and go on when they are back', async () => {
  alive = new Set(['n1']);
  await readyNodes(1);
  await renewalsLater(RENEWALS_HELD);
  const tainted = (await nodes()).filter(isEvicting).length;
  // One may have been tainted before the last of the others was missed.
  expect(tainted).toBeLessThanOrEqual(1);
  expect((await pods()).length).toBeGreaterThanOrEqual(NODES.length - 1);
  alive = new Set(NODES);
  await readyNodes(5);
  await until(resources.Node, 'no node to be tainted', (all) => !all.some(isEvicting));
}, 90_000);

it('all nodes at once are not', async () => {
  await missAllInOneLook();
  const before = (await pods()).map(({ metadata }) => metadata.uid);
  expect(before).toHaveLength(NODES.length);
  await renewalsLater(RENEWALS_HELD);
  expect((await nodes()).filter(isEvicting)).toEqual([]);
  alive = new Set(NODES);
  await readyNodes(5);
  expect((await pods()).map(({ metadata }) => metadata.uid)).toEqual(before);
}, 150_000);

/** What our recipe says of evictions. */
function guardFlags(): string[] {
  const objects = renderControlPlane(mastersInput()).get('kube-controller-manager') ?? [];
  const { spec } = objects.find(({ kind }) => kind === 'Deployment') as Workload;
  const flags = parseArguments(spec.template.spec.containers[0]?.args ?? []);
  return [`--secondary-node-eviction-rate=${String(flags['secondary-node-eviction-rate'])}`];
}

/**
 * So that the test need not take minutes; five nodes count as a large cluster. The grace ends between two looks: at one of
 * them, nodes seen last in the same look would be missed in this one or in the next, as a millisecond decides.
 */
const quick = [
  `--node-monitor-period=${LOOK_MS}ms`,
  '--node-monitor-grace-period=6500ms',
  '--node-eviction-rate=2',
  '--large-cluster-size-threshold=3',
];

async function addNode(name: string): Promise<void> {
  await client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await client.create(lease(name));
  await client.create(pod(name));
}

function lease(name: string) {
  const spec = { holderIdentity: name, leaseDurationSeconds: 5, renewTime: microTime() };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec,
  };
}

function pod(nodeName: string) {
  const toleration = { effect: 'NoExecute', operator: 'Exists', tolerationSeconds: 2 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `of-${nodeName}`, namespace: 'default' },
    spec: {
      nodeName,
      // Nobody is there to confirm the end of a pod.
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'busybox' }],
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        ...toleration,
      })),
    },
  };
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

/**
 * What the kubelets of those alive would do: all in one moment, and one round after the other. Else those that die
 * together would be missed one by one, which is another case.
 */
async function renew(): Promise<void> {
  const spec = { renewTime: microTime() };
  await Promise.all(
    [...alive].map((name) => client.patch(resources.Lease, { name, namespace: 'kube-node-lease' }, { spec })),
  );
  await Promise.all([...alive].map(becomeReady));
  renewals += 1;
  for (const listener of listeners) listener();
}

function renewAgain(): void {
  void renew()
    .catch(() => undefined)
    .then(() => (renewing &&= setTimeout(renewAgain, RENEWAL_MS)));
}

async function becomeReady(name: string): Promise<void> {
  const node = await client.get(resources.Node, { name });
  if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' };
  const status = { conditions: [ready] };
  await client.patch(resources.Node, { name }, { status }, { subresource: 'status' });
}

/**
 * The controller-manager may look between two leases of the last round of renewals, and misses the first node a look
 * earlier: then that one was alone, rightly tainted, and the nodes have to come back and die once more.
 */
async function missAllInOneLook(): Promise<void> {
  for (let spread = Infinity; spread > LOOK_MS / 2;) {
    await comeBack();
    alive = new Set();
    await until(resources.Node, 'the first node to be missed', (all) => !all.every(isReady));
    const first = performance.now();
    await readyNodes(0);
    spread = performance.now() - first;
  }
}

/** All nodes are there, and a pod on each. */
async function comeBack(): Promise<void> {
  alive = new Set(NODES);
  await readyNodes(NODES.length);
  await until(resources.Node, 'no node to be tainted', (all) => !all.some(isEvicting));
  const left = await pods();
  for (const name of NODES) if (!left.some(isOn(name))) await client.create(pod(name));
}

async function renewalsLater(count: number): Promise<void> {
  const from = renewals;
  const changed = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  await when(() => renewals >= from + count, changed, `${count} renewals`, 60_000);
}

async function until<T extends KubeObject>(
  resource: Resource<T>,
  what: string,
  holds: (objects: T[]) => boolean,
): Promise<void> {
  const { cache, synced } = informers.informer(resource);
  await synced;
  const changed = (listener: () => void) => cache.onChange(listener);
  await when(() => holds(cache.list()), changed, what, 60_000);
}

async function readyNodes(count: number): Promise<void> {
  await until(resources.Node, `${count} nodes to be ready`, (all) => all.filter(isReady).length === count);
}

type Node = Awaited<ReturnType<typeof nodes>>[number];

async function nodes() {
  return (await client.list(resources.Node)).items;
}

async function pods() {
  return (await client.list(resources.Pod, { namespace: 'default' })).items;
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function isEvicting({ spec }: Node): boolean {
  return spec?.taints?.some(({ effect }) => effect === 'NoExecute') ?? false;
}

function isOn(node: string) {
  return ({ spec }: { spec?: { nodeName?: string } }) => spec?.nodeName === node;
}
