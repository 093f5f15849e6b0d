import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import { type Sending, TestApi } from '../../support/berth-api.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

const spec = { version: '1.36.3' };
const withSpec = (fields: object) => ({ metadata: { name: 'bad' }, spec: { ...spec, ...fields } });
const named = (name: unknown) => ({ metadata: { name }, spec });
const network = (podCIDR: string, serviceCIDR: string) => withSpec({ network: { podCIDR, serviceCIDR } });

/** Body of a create request, status, code, field. */
const bodies: [string, unknown, number, string, string | undefined][] = [
  ['no object', [], 422, 'Invalid', ''],
  ['nothing in it', {}, 422, 'Invalid', 'metadata'],
  ['no name', { metadata: {}, spec }, 422, 'Invalid', 'metadata.name'],
  ['an empty name', named(''), 422, 'Invalid', 'metadata.name'],
  ['capitals in the name', named('Demo'), 422, 'Invalid', 'metadata.name'],
  ['a digit first', named('1demo'), 422, 'Invalid', 'metadata.name'],
  ['a hyphen last', named('demo-'), 422, 'Invalid', 'metadata.name'],
  ['a dot', named('a.b'), 422, 'Invalid', 'metadata.name'],
  ['a path', named('../../secrets'), 422, 'Invalid', 'metadata.name'],
  ['a line break', named('demo\nx'), 422, 'Invalid', 'metadata.name'],
  ['a name of 41 characters', named('a'.repeat(41)), 422, 'Invalid', 'metadata.name'],
  ['a number as name', named(7), 422, 'Invalid', 'metadata.name'],
  ['another kind', { ...named('bad'), kind: 'Plan' }, 422, 'Invalid', 'kind'],
  ['a status', { ...named('bad'), status: {} }, 422, 'Invalid', 'status'],
  ['an unknown field', withSpec({ replicas: 3 }), 422, 'Invalid', 'spec.replicas'],
  ['an unknown deep field', withSpec({ network: { mtu: 1500 } }), 422, 'Invalid', 'spec.network.mtu'],
  ['a wrong type', withSpec({ displayName: ['x'] }), 422, 'Invalid', 'spec.displayName'],
  ['null', withSpec({ network: null }), 422, 'Invalid', 'spec.network'],
  ['no version', { metadata: { name: 'bad' }, spec: {} }, 422, 'Invalid', 'spec.version'],
  ['a version with v', withSpec({ version: 'v1.36.3' }), 422, 'Invalid', 'spec.version'],
  ['a minor only', withSpec({ version: '1.36' }), 422, 'Invalid', 'spec.version'],
  ['a version not in the catalogue', withSpec({ version: '1.20.0' }), 422, 'VersionUnknown', 'spec.version'],
  ['an expired version', withSpec({ version: '1.30.0' }), 422, 'VersionExpired', 'spec.version'],
  ['a plan that is not there', withSpec({ plan: 'huge' }), 422, 'PlanNotFound', 'spec.plan'],
  ['a tenant that is not there', withSpec({ tenant: 'nobody' }), 422, 'TenantNotFound', 'spec.tenant'],
  ['an exposure that is none', withSpec({ exposure: { type: 'VPN' } }), 422, 'Invalid', 'spec.exposure.type'],
  ['a host without a dot', withSpec({ exposure: { host: 'x' } }), 422, 'Invalid', 'spec.exposure.host'],
  [
    'an ingress class for another exposure',
    withSpec({ exposure: { type: 'NodePort', ingressClass: 'nginx' } }),
    422,
    'Invalid',
    'spec.exposure.ingressClass',
  ],
  ['no network', network('abc', '10.96.0.0/16'), 422, 'Invalid', 'spec.network.podCIDR'],
  ['no octet', network('10.256.0.0/16', '10.96.0.0/16'), 422, 'Invalid', 'spec.network.podCIDR'],
  ['host bits', network('10.244.0.1/16', '10.96.0.0/16'), 422, 'Invalid', 'spec.network.podCIDR'],
  ['a tiny pod network', network('10.244.0.0/30', '10.96.0.0/16'), 422, 'Invalid', 'spec.network.podCIDR'],
  [
    'a tiny service network',
    network('10.244.0.0/16', '10.96.0.0/30'),
    422,
    'Invalid',
    'spec.network.serviceCIDR',
  ],
  [
    'a huge service network',
    network('172.16.0.0/16', '10.0.0.0/8'),
    422,
    'Invalid',
    'spec.network.serviceCIDR',
  ],
  ['overlapping networks', network('10.96.0.0/14', '10.96.0.0/16'), 422, 'Invalid', undefined],
  [
    'a flag of ours',
    withSpec({ apiServer: { extraArgs: { 'etcd-servers': 'x' } } }),
    422,
    'Invalid',
    undefined,
  ],
  ['dashes before a flag', withSpec({ apiServer: { extraArgs: { '--v': '4' } } }), 422, 'Invalid', undefined],
  [
    'a label of ours',
    { metadata: { name: 'bad', labels: { 'berth.dev/tenant': 'x' } }, spec },
    422,
    'Invalid',
    undefined,
  ],
  [
    'a label that is none',
    { metadata: { name: 'bad', labels: { 'a b': 'x' } }, spec },
    422,
    'Invalid',
    undefined,
  ],
  [
    'a label prefix that is none',
    { metadata: { name: 'bad', labels: { 'a..b/c': 'x' } }, spec },
    422,
    'Invalid',
    undefined,
  ],
  [
    'annotations beyond all limits',
    {
      metadata: {
        name: 'bad',
        annotations: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`a${i}`, 'x'.repeat(16_000)])),
      },
      spec,
    },
    422,
    'Invalid',
    undefined,
  ],
];

/** What is sent, where, status, code. */
const requests: [string, string, Sending, number, string][] = [
  ['broken JSON', '/api/v1/clusters', { body: '{"metadata":' }, 400, 'MalformedJSON'],
  ['an empty body', '/api/v1/clusters', { body: '' }, 400, 'MalformedJSON'],
  ['a poisoned prototype', '/api/v1/clusters', { body: '{"__proto__":{"x":1}}' }, 400, 'MalformedJSON'],
  ['no body', '/api/v1/clusters', { method: 'POST' }, 422, 'Invalid'],
  ['a huge body', '/api/v1/clusters', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413, 'BodyTooLarge'],
  [
    'YAML',
    '/api/v1/clusters',
    { body: 'a: 1', headers: { 'content-type': 'application/yaml' } },
    415,
    'UnsupportedMediaType',
  ],
  [
    'a form',
    '/api/v1/clusters',
    { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'UnsupportedMediaType',
  ],
  ['a wrong method', '/api/v1/clusters', { method: 'PUT', body: {} }, 405, 'MethodNotAllowed'],
  ['a wrong path', '/api/v1/cluster', {}, 404, 'RouteNotFound'],
  ['a path that is none', '/api/v1/clusters/%zz', {}, 400, 'MalformedRequest'],
  ['an unknown parameter', '/api/v1/clusters?page=2', {}, 400, 'InvalidParameter'],
  ['a parameter twice', '/api/v1/clusters?limit=1&limit=2', {}, 400, 'InvalidParameter'],
  ['a limit of 0', '/api/v1/clusters?limit=0', {}, 400, 'InvalidParameter'],
  ['a limit beyond the largest', '/api/v1/clusters?limit=501', {}, 400, 'InvalidParameter'],
  ['a selector that is none', '/api/v1/clusters?labelSelector=a%20b', {}, 400, 'InvalidParameter'],
  ['a token of no list', '/api/v1/clusters?continue=x', {}, 400, 'InvalidContinueToken'],
  ['a name in the path that cannot be', '/api/v1/clusters/No', {}, 400, 'InvalidParameter'],
  ['a cluster that is not there', '/api/v1/clusters/none', {}, 404, 'ClusterNotFound'],
  ['an operation that is not there', '/api/v1/clusters/none/operations/none', {}, 404, 'OperationNotFound'],
  ['a plan that is not there', '/api/v1/plans/none', {}, 404, 'PlanNotFound'],
  ['a version that is not there', '/api/v1/versions/none', {}, 404, 'ControlPlaneVersionNotFound'],
  ['a tenant that is not there', '/api/v1/tenants/none', {}, 404, 'TenantNotFound'],
  ['no token', '/api/v1/clusters', { token: '' }, 401, 'Unauthorized'],
  ['a wrong token', '/api/v1/clusters', { token: 'x'.repeat(30) }, 401, 'Unauthorized'],
  [
    'another scheme',
    '/api/v1/clusters',
    { token: '', headers: { authorization: 'Basic eDp5' } },
    401,
    'Unauthorized',
  ],
  ['a path spelled differently, without a token', '/%61pi/v1/clusters', { token: '' }, 401, 'Unauthorized'],
  ['a broken body without a token', '/api/v1/clusters', { token: '', body: '{' }, 401, 'Unauthorized'],
  [
    'headers that are too long',
    '/api/v1/clusters',
    { headers: { x: 'x'.repeat(70_000) } },
    431,
    'HeadersTooLarge',
  ],
];

describe('bad input', () => {
  beforeAll(async () => {
    const good = await api.client.get(berthResources.ControlPlaneVersion, { name: 'v1.36.3' });
    await api.client.create({
      ...good,
      metadata: { name: 'v1.30.0' },
      spec: {
        ...good.spec,
        kubernetesVersion: '1.30.0',
        channel: 'deprecated',
        expiresAt: '2026-01-01T00:00:00Z',
      },
    });
    for (let i = 0; i < 100; i++) {
      const { body } = await api.send<{ items: unknown[] }>('/api/v1/versions?q=1.30.0');
      if (body.items.length === 1) return;
    }
  });

  it.each(bodies)('refuses a cluster with %s, and says where', async (_what, body, status, code, path) => {
    const answer = await api.send('/api/v1/clusters', { body });
    expect(answer.body).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    expect(answer.body.next).toBeTruthy();
    if (path === undefined) expect(answer.body.errors).not.toHaveLength(0);
    else expect(answer.body.errors?.map((error) => error.path)).toContain(path);
  });

  it.each(requests)('refuses %s', async (_what, path, sending, status, code) => {
    const answer = await api.send(path, sending);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, code });
    expect(answer.body.requestId).toBeTruthy();
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('refuses with plain kubectl too what a rule between two fields forbids', async () => {
    const exposure = { type: 'Gateway', ingressClass: 'nginx' };
    const metadata = { name: 'bad', namespace: 'default' };
    const cluster = {
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'Cluster',
      metadata,
      spec: { ...spec, exposure },
    };
    await expect(api.client.create(cluster)).rejects.toThrow('ingressClass goes with type Ingress only');
  });

  it('leaves nothing behind of all that', async () => {
    const namespaces = await api.client.list(resources.Namespace, {
      labelSelector: 'app.kubernetes.io/managed-by=berth',
    });
    expect(namespaces.items).toEqual([]);
    const clusters = await api.client.list(berthResources.Cluster);
    expect(clusters.items).toEqual([]);
  });

  it('refuses everybody while the token file is broken, and knows new tokens at once when it is whole', async () => {
    const { writeFile, readFile } = await import('node:fs/promises');
    const before = await readFile(api.tokenFile, 'utf8');
    const status = async (token: string) => (await api.send('/api/v1/whoami', { token })).status;
    const until = async (token: string, wanted: number) => {
      for (let i = 0; i < 300 && (await status(token)) !== wanted; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return status(token);
    };
    await writeFile(api.tokenFile, 'short\n');
    expect(await until('operator-token-of-the-tests', 401)).toBe(401);
    await writeFile(api.tokenFile, `${before}a-token-made-just-now-1,zoe\n`);
    expect(await until('a-token-made-just-now-1', 200)).toBe(200);
  });
});
