/** What Berth keeps on nodes: pods of different nodes talk, figures come, and what is set or damaged is acted on. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { V1DaemonSet, V1Node, V1Pod } from '@kubernetes/client-node';
import { controllerRevision } from '../../../src/clusters/pinning.js';
import { officialImage } from '../../../src/addons/releases.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { findCondition } from '../../../src/model/conditions.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

const BACK_MS = 10_000;
const FLANNEL = ['-n', 'kube-system', 'daemonset/kube-flannel-ds'] as const;

let meta: Embedded;
let hosted: Hosted;
let kubectl: Kubectl;

beforeAll(async () => {
  meta = await Embedded.open();
  hosted = await Hosted.create(meta, 'addons');
  await hosted.ready();
  kubectl = await hosted.kubectl();
});
afterAll(async () => {
  await hosted?.delete();
  await meta?.close();
});

const conditionOf = async (type: string) => findCondition((await hosted.status()).conditions, type);
const patchAddons = (addons: object) =>
  meta.api<{ errors?: { path: string }[] }>(hosted.path, { method: 'PATCH', body: { spec: { addons } } });
const isThere = async (...object: string[]) => (await kubectl.try('get', ...object)).code === 0;

describe('before any machine has joined', () => {
  it('says that there are no nodes yet, and discovery is whole', async () => {
    expect(await conditionOf('AddonsReady')).toMatchObject({ status: 'Unknown', reason: 'NoNodes' });
    const { code, stderr } = await kubectl.try('api-resources');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('what is deleted by hand comes back', async () => {
    const uid = async () => (await kubectl.json<KubeObject>('get', ...FLANNEL)).metadata.uid;
    const before = await uid();
    await kubectl.run('delete', ...FLANNEL, '--wait=false');
    const isBack = async () => (await isThere(...FLANNEL)) && (await uid()) !== before;
    await eventually(isBack, 'flannel to be back', BACK_MS);
  });

  it('an addon that is switched off goes, and comes when it is switched on', async () => {
    await patchAddons({ metricsServer: { enabled: false } });
    const server = ['-n', 'kube-system', 'deployment/metrics-server'];
    await eventually(async () => !(await isThere(...server)), 'metrics-server to go', BACK_MS);
    await patchAddons({ metricsServer: null });
    await eventually(() => isThere(...server), 'metrics-server to come', BACK_MS);
  });

  it('keeps the addons as they were pinned, whatever this Berth would render', async () => {
    const { namespace } = hosted;
    const name = (await hosted.status()).pinnedAddons?.revision ?? '';
    const pinned = await meta.client.get(controllerRevision, { namespace, name });
    const older = JSON.parse(JSON.stringify(pinned.data).replaceAll('lameduck 5s', 'lameduck 4s')) as object;
    const { labels } = pinned.metadata;
    const thaw = await meta.freezeService();
    await meta.client.delete(controllerRevision, { namespace, name });
    await meta.client.create({ ...pinned, metadata: { namespace, name, labels }, data: older });
    thaw();
    const corefile = () => kubectl.run('get', '-n', 'kube-system', 'configmap/coredns', '-o', 'yaml');
    await eventually(async () => (await corefile()).includes('lameduck 4s'), 'what is pinned', 2 * BACK_MS);
  });

  it('refuses a patch of nothing, and changes nothing', async () => {
    const target = { kind: 'Deployment', name: 'nothing' };
    const answer = await patchAddons({ patches: [{ target, patch: {} }] });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'spec.addons.patches[0].target' }] },
    });
  });
});

describe('with two nodes', () => {
  beforeAll(async () => {
    await meta.berth('node', 'add', hosted.name, '--count', '2');
    await kubectl.run('wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=90s');
    const { items } = await kubectl.json<{ items: V1Node[] }>('get', 'nodes');
    await kubectl.apply(...items.map(({ metadata }) => webServer(metadata?.name ?? '')));
    await kubectl.run('wait', 'pods', '-l', 'app=web', '--for=condition=Ready', '--timeout=60s');
    await hosted.condition('AddonsReady', 'True');
  });

  /** What each web server answers to each; they say their names. */
  async function answers(): Promise<Record<string, string[]>> {
    const { items } = await kubectl.json<{ items: V1Pod[] }>('get', 'pods', '-l', 'app=web');
    const names = items.map(({ metadata }) => metadata?.name ?? '');
    const told = items.map(async ({ status }) =>
      Promise.all(names.map((from) => bodyFrom(kubectl, from, status?.podIP ?? ''))),
    );
    return Object.fromEntries(await Promise.all(told.map(async (one, index) => [names[index], await one])));
  }
  const everyone = {
    'web-addons-1': ['web-addons-1', 'web-addons-1'],
    'web-addons-2': ['web-addons-2', 'web-addons-2'],
  };

  it('pods of different nodes reach each other', async () => {
    expect(await answers()).toEqual(everyone);
    const { status } = await kubectl.json<V1DaemonSet>('get', ...FLANNEL);
    expect(status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
  });

  it('kubectl top tells what nodes and pods use', async () => {
    const figures = async (...args: string[]) =>
      (await kubectl.try('top', ...args, '--no-headers')).stdout.match(/ \d+m .* \d+Mi/g) ?? [];
    await eventually(async () => (await figures('nodes')).length === 2, 'figures of both nodes');
    await eventually(async () => (await figures('pods')).length === 2, 'figures of the web servers');
  });

  it('says of NetworkPolicies that nobody enforces them, at once and in the status', async () => {
    expect(await conditionOf('NetworkPoliciesEnforced')).toMatchObject({
      status: 'True',
      reason: 'NoPolicies',
    });
    const { stderr } = await kubectl.tryApply(DENY_ALL);
    expect(stderr).toMatch(/^Warning: .* flannel, which enforces no NetworkPolicies/);
    await hosted.condition('NetworkPoliciesEnforced', 'False');
    expect(await conditionOf('NetworkPoliciesEnforced')).toMatchObject({
      reason: 'NotEnforced',
      message: expect.stringContaining('default/deny-all'),
    });
    expect(await answers()).toEqual(everyone);
  });

  it('another backend is rolled out, and pods go on to reach each other', async () => {
    await patchAddons({ cni: { backend: 'host-gw' } });
    const config = () => kubectl.run('get', '-n', 'kube-system', 'configmap/kube-flannel-cfg', '-o', 'yaml');
    await eventually(async () => (await config()).includes('host-gw'), 'the new configuration', BACK_MS);
    await kubectl.run('rollout', 'status', ...FLANNEL, '--timeout=90s');
    expect(await answers()).toEqual(everyone);
  });
});

it('without a CNI nodes stay NotReady, and the cluster says why', async () => {
  const bare = await Hosted.create(meta, 'bare', { addons: { cni: { type: 'none' } } });
  await bare.ready();
  await meta.berth('node', 'add', bare.name);
  const cluster = await bare.condition('AddonsReady', 'False');
  expect(findCondition(cluster.status?.conditions, 'AddonsReady')?.message).toContain(
    'spec.addons.cni is none: nodes stay NotReady until a CNI of your own is installed',
  );
  const nodes = await meta.api<{ items: { state: string; message: string }[] }>(`${bare.path}/nodes`);
  expect(nodes.body.items).toMatchObject([{ state: 'NotReady', message: expect.stringContaining('cni') }]);
  await bare.delete();
});

const DENY_ALL = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all', namespace: 'default' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};

/** A web server on a node that tells its own name. The image is one that every node has. */
function webServer(node: string): object {
  const name = `web-${node}`;
  const script = `mkdir /www; echo ${name} >/www/index.html; exec httpd -f -p 8080 -h /www`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'web', image: officialImage('flannel', '1.36.3'), command: ['/bin/sh', '-c', script] },
      ],
    },
  };
}

/** What the web server at an address answers to a pod. */
async function bodyFrom(kubectl: Kubectl, pod: string, address: string): Promise<string> {
  const request = `printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${address} 8080`;
  const answer = await kubectl.run('exec', pod, '--', '/bin/sh', '-c', request);
  return answer.trim().split('\n').at(-1) ?? '';
}
