/** Join tokens and nodes over the REST API. The meta-cluster's own API server stands for the hosted one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN_SECRET } from '../../../src/clusters/hosted-access.js';
import { secretObject } from '../../../src/clusters/secrets.js';
import type { NewJoinTokenAnswer } from '../../../src/http/clusters/join-token-schemas.js';
import { berthResources } from '../../../src/model/kinds.js';
import { CA_BUNDLE } from '../../../src/pki/certificates.js';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { TestApi } from '../../support/berth-api.js';
import { ControllerManager } from '../../support/kube-controller-manager.js';
import { joinInput } from '../../support/nodes.js';

const namespace = 'berth-c-demo';
const path = '/api/v1/clusters/demo/join-tokens';
let api: TestApi;
let controllers: ControllerManager;

beforeAll(async () => {
  api = await TestApi.start({ BERTH_HOSTED_ACCESS: 'endpoint', BERTH_PUBLIC_URL: 'https://berth.example' });
  controllers = await ControllerManager.start(api.meta, ['bootstrapsigner']);
  await api.send('/api/v1/clusters', { body: { metadata: { name: 'demo' }, spec: { version: '1.36.3' } } });
}, 90_000);
afterAll(async () => {
  await controllers?.stop();
  await api?.stop();
});

it('a cluster that cannot take nodes hands out no token', async () => {
  expect(await api.send(path, { body: {} })).toMatchObject({
    status: 409,
    body: { code: 'ClusterNotReady' },
  });
});

describe('of a cluster that takes nodes', () => {
  beforeAll(makeReady);

  it('a token comes with all that a machine needs', async () => {
    const { status, body } = await make({ ttlSeconds: 120, labels: { disk: 'ssd' }, usageLimit: 1 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      cluster: 'demo',
      kubernetesVersion: '1.36.3',
      createdBy: 'admin',
      usedBy: [],
    });
    expect(body.commands.kubeadm).toContain(`token: ${body.token}`);
    expect(body.commands.shell).toContain('https://berth.example/api/v1/clusters/demo/join-script');
    expect(Date.parse(body.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(120_000);
  });

  it('the script is for whoever holds the token, and for nobody else', async () => {
    const { body } = await make({});
    const script = '/api/v1/clusters/demo/join-script';
    const got = await api.send<string>(script, { token: body.token });
    expect(got.headers.get('content-type')).toMatch('text/x-shellscript');
    expect(got.body).toContain(`BERTH_TOKEN='${body.token}'`);
    for (const token of ['', 'aaaaaa.aaaaaaaaaaaaaaaa', 'operator-token-of-the-tests']) {
      expect(await api.send(script, { token })).toMatchObject({
        status: 401,
        body: { code: 'JoinTokenRefused' },
      });
    }
    await api.send(`${path}/${body.id}`, { method: 'DELETE' });
    expect((await api.send(script, { token: body.token })).status).toBe(401);
  });

  it('tokens are listed without their secrets, and can be revoked once', async () => {
    const { body } = await make({ description: 'rack 7' });
    const list = await api.send<{ items: { id: string }[] }>(path);
    expect(list.body.items).toContainEqual(expect.objectContaining({ id: body.id, description: 'rack 7' }));
    expect(JSON.stringify(list.body)).not.toContain(body.token.split('.')[1]);
    expect((await api.send(`${path}/${body.id}`, { method: 'DELETE' })).status).toBe(200);
    expect(await api.send(`${path}/${body.id}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
      body: { code: 'JoinTokenNotFound' },
    });
  });

  it.each([
    ['ttlSeconds', { ttlSeconds: 24 * 3600 + 1 }],
    ['usageLimit', { usageLimit: 0 }],
    ['labels', { labels: { 'node-role.kubernetes.io/control-plane': '' } }],
    ['taints', { taints: [{ key: 'gpu', effect: 'Never' }] }],
    ['', { unknown: 1 }],
  ])('a wrong %s is refused', async (field, body) => {
    const answer = await api.send(path, { body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.[0]?.path).toMatch(new RegExp(`^${field}`));
  });
});

describe('nodes', () => {
  const nodes = '/api/v1/clusters/demo/nodes';
  beforeAll(async () => {
    await api.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  });

  it('are listed, closed to new pods, drained and taken out', async () => {
    const list = await api.send<{ items: object[] }>(nodes);
    expect(list.body.items).toMatchObject([{ name: 'n1', state: 'NotReady', schedulable: true, pods: 0 }]);
    const closed = await api.send(`${nodes}/n1`, { method: 'PATCH', body: { schedulable: false } });
    expect(closed).toMatchObject({ status: 200, body: { schedulable: false } });
    expect(await api.send(`${nodes}/n1/drain`, { body: {} })).toMatchObject({
      status: 200,
      body: { evicted: [], remaining: [] },
    });
    expect(await api.send(`${nodes}/n1`, { method: 'DELETE' })).toMatchObject({
      status: 400,
      body: { code: 'ConfirmationRequired' },
    });
    expect((await api.send(`${nodes}/n1?confirm=n1`, { method: 'DELETE' })).status).toBe(200);
    expect(await api.send(`${nodes}/n1`)).toMatchObject({ status: 404, body: { code: 'NodeNotFound' } });
  });
});

async function make(body: object) {
  return api.send<NewJoinTokenAnswer>(path, { body });
}

/** What the reconciler would have made. */
async function makeReady(): Promise<void> {
  const { hostname, port, host } = new URL(api.meta.url);
  const authority = await api.meta.authority();
  const data = { kubeconfig: await api.meta.kubeconfig() };
  await api.client.create(secretObject({ name: ADMIN_SECRET, type: 'Opaque', data }, namespace));
  await api.client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CA_BUNDLE, namespace },
    data: { 'ca.crt': authority },
  });
  for (const object of joinObjects({ ...joinInput, server: host, authority })) {
    await api.client.apply(object, { fieldManager: 'berth-test' });
  }
  const endpoint = {
    host: 'demo.berth.test',
    address: hostname,
    port: Number(port),
    internalAddresses: [hostname],
    internalPort: Number(port),
  };
  const ready = {
    type: 'NodesCanJoin',
    status: 'True',
    reason: 'Ready',
    message: '',
    lastTransitionTime: new Date().toISOString(),
  };
  const status = { endpoint, conditions: [ready], initializedAt: new Date().toISOString() };
  await api.client.patch(
    berthResources.Cluster,
    { namespace, name: 'demo' },
    { status },
    { subresource: 'status' },
  );
}
