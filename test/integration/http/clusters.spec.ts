import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Views } from '../../../src/http/views.js';
import { ANNAS_TOKEN, TestApi } from '../../support/berth-api.js';

interface List {
  metadata: { continue?: string; remainingItemCount: number };
  items: Cluster[];
}

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

const request = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { version: '1.36.3', ...spec },
});
const create = (name: string, spec: object = {}, metadata: object = {}) =>
  api.send<Cluster>('/api/v1/clusters', { body: request(name, spec, metadata) });
const byNumber = (a: number, b: number) => a - b;
const namespaceOf = (name: string) => ({ namespace: `berth-c-${name}`, name });

describe('creating a cluster', () => {
  it('makes the namespace and the object, and says where it is', async () => {
    const answer = await create('first');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/v1/clusters/first');
    expect(answer.headers.get('etag')).toBe(`"${answer.body.metadata.resourceVersion}"`);
    expect(answer.body.metadata.annotations).toMatchObject({ 'berth.dev/created-by': 'admin' });
    expect(answer.body.metadata.finalizers).toEqual(['berth.dev/cluster']);
    expect(answer.body.spec).toMatchObject({ tenant: 'default', plan: 'dev' });
    const namespace = await api.client.get(resources.Namespace, { name: 'berth-c-first' });
    expect(namespace.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'berth',
      'berth.dev/cluster': 'first',
      'berth.dev/tenant': 'default',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  it('records the person whose token was used', async () => {
    const body = request('of-anna');
    const { body: cluster } = await api.send<Cluster>('/api/v1/clusters', { body, token: ANNAS_TOKEN });
    expect(cluster.metadata.annotations).toMatchObject({ 'berth.dev/created-by': 'anna' });
  });

  it('answers 200 with the same cluster when the same request comes again', async () => {
    const first = await create('twice', { displayName: 'Twice' });
    const again = await create('twice', { displayName: 'Twice', plan: 'dev' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.metadata.uid).toBe(first.body.metadata.uid);
  });

  it('makes one cluster of many equal requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create('raced')));
    expect(answers.map(({ status }) => status).toSorted(byNumber)).toEqual([...Array(7).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.metadata.uid)).size).toBe(1);
  });

  it('refuses another request for a name that is taken', async () => {
    await create('taken');
    const answer = await api.send('/api/v1/clusters', { body: request('taken', { plan: 'ha' }) });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'ClusterExists', errors: [{ path: 'metadata.name' }] });
  });

  it('finishes what a crash between namespace and cluster left', async () => {
    await create('crashed');
    const { Cluster: clusters } = berthResources;
    await api.client.patch(clusters, namespaceOf('crashed'), { metadata: { finalizers: null } });
    await api.client.delete(clusters, namespaceOf('crashed'));
    const answer = await create('crashed');
    expect(answer.status).toBe(201);
  });

  it('leaves a namespace alone that is not its own', async () => {
    const metadata = { name: 'berth-c-foreign' };
    await api.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
    const answer = await api.send('/api/v1/clusters', { body: request('foreign') });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('NamespaceTaken');
  });

  it('gives nothing twice while its own cache is behind', async () => {
    await using busy = await TestApi.start({ BERTH_POD_NETWORK_POOL: '10.192.0.0/10' });
    const { clusters } = busy.app.get(Views);
    // What the watch has not brought yet is in no list and arrives too late for the answer.
    jest.spyOn(clusters, 'all').mockReturnValue([]);
    jest.spyOn(clusters.feed.objects, 'get').mockReturnValue(undefined);
    const ask = (name: string, host?: string) =>
      busy.send<Cluster>('/api/v1/clusters', { body: request(name, host ? { exposure: { host } } : {}) });
    const [one, other] = [await ask('one', 'api.shop.test'), await ask('other')];
    const networks = [one, other].map(({ body }) => body.spec.network.podCIDR);
    expect(networks).toEqual(['10.192.0.0/18', '10.192.64.0/18']);
    expect(await ask('late', 'api.shop.test')).toMatchObject({ status: 409, body: { code: 'HostTaken' } });
  });

  it('needs the pool of pod networks for new clusters alone that name none', async () => {
    await using full = await TestApi.start({ BERTH_POD_NETWORK_POOL: '10.192.0.0/18' });
    const ask = (name: string, spec: object = {}) =>
      full.send<Cluster & { code: string }>('/api/v1/clusters', { body: request(name, spec) });
    const first = await ask('first');
    expect([first.status, first.body.spec.network.podCIDR]).toEqual([201, '10.192.0.0/18']);
    expect(await ask('second')).toMatchObject({ status: 409, body: { code: 'NoPodNetworkLeft' } });
    expect(await ask('first')).toMatchObject({
      status: 200,
      body: { metadata: { uid: first.body.metadata.uid } },
    });
    const named = await ask('second', { network: { podCIDR: '10.240.0.0/16' } });
    expect([named.status, named.body.spec.network.podCIDR]).toEqual([201, '10.240.0.0/16']);
  });

  it('refuses a host that another cluster has, asked for or by default', async () => {
    await create('hosted', { exposure: { host: 'api.shop.test' } });
    for (const host of ['api.shop.test', 'hosted-by-default.berth.test']) {
      await create('hosted-by-default');
      const answer = await api.send('/api/v1/clusters', { body: request('other', { exposure: { host } }) });
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ code: 'HostTaken', errors: [{ path: 'spec.exposure.host' }] });
    }
  });

  it('gives a host to one of two who ask at the same time', async () => {
    const exposure = { host: 'one.shop.test' };
    const answers = await Promise.all([create('racer-a', { exposure }), create('racer-b', { exposure })]);
    expect(answers.map(({ status }) => status).toSorted(byNumber)).toEqual([201, 409]);
  });

  it('checks everything and stores nothing on a dry run', async () => {
    const answer = await api.send<Cluster>('/api/v1/clusters?dryRun=All', { body: request('rehearsed') });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      metadata: { namespace: 'berth-c-rehearsed' },
      spec: { plan: 'dev' },
    });
    expect((await api.send('/api/v1/clusters/rehearsed')).status).toBe(404);
    expect(await api.client.find(resources.Namespace, { name: 'berth-c-rehearsed' })).toBeUndefined();
  });
});

describe('changing a cluster', () => {
  const patch = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    api.send<Cluster>(`/api/v1/clusters/${name}`, {
      method: 'PATCH',
      body,
      headers: { 'content-type': 'application/merge-patch+json', ...headers },
    });

  it('merges what may change, and null removes', async () => {
    await create(
      'changed',
      { displayName: 'Old', apiServer: { extraArgs: { v: '4' } } },
      { labels: { a: '1' } },
    );
    const answer = await patch('changed', {
      metadata: { labels: { a: null, b: '2' } },
      spec: { displayName: 'New', apiServer: null },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.metadata.labels).toMatchObject({ b: '2', 'berth.dev/cluster': 'changed' });
    expect(answer.body.metadata.labels).not.toHaveProperty('a');
    expect(answer.body.spec.displayName).toBe('New');
    expect(answer.body.spec).not.toHaveProperty('apiServer');
  });

  it.each([
    ['plan', 'ha'],
    ['tenant', 'other'],
    ['exposure', { type: 'NodePort' }],
    ['network', { podCIDR: '10.100.0.0/16' }],
  ])('refuses to change %s', async (field, value) => {
    await create('fixed');
    const answer = await api.send('/api/v1/clusters/fixed', {
      method: 'PATCH',
      body: { spec: { [field]: value } },
    });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'ImmutableField', errors: [{ path: `spec.${field}` }] });
    expect(answer.body.next).toBeDefined();
  });

  it('takes another plan whose etcd has the same volumes', async () => {
    await create('grown');
    const { apiVersion, kind, spec } = await api.client.get(berthResources.Plan, { name: 'dev' });
    const three = { ...spec, etcd: { ...spec.etcd, replicas: 3 } };
    await api.client.apply(
      { apiVersion, kind, metadata: { name: 'dev-three' }, spec: three },
      { fieldManager: 'test' },
    );
    const answer = await patch('grown', { spec: { plan: 'dev-three' } });
    expect(answer.status).toBe(200);
    expect(answer.body.spec.plan).toBe('dev-three');
  });

  it('honours If-Match, and changes nothing for those who read an older version', async () => {
    const { headers } = await create('matched');
    const tag = headers.get('etag') ?? '';
    const changed = await patch('matched', { spec: { displayName: 'One' } }, { 'if-match': tag });
    expect(changed.status).toBe(200);
    const stale = await patch('matched', { spec: { displayName: 'Two' } }, { 'if-match': tag });
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({ code: 'PreconditionFailed' });
    const { body } = await api.send<Cluster>('/api/v1/clusters/matched');
    expect(body.spec.displayName).toBe('One');
  });

  it.each([
    ['busy', {}],
    ['busy-any', { 'if-match': '*' }],
  ])('lets many change different labels at once: %s', async (name, headers) => {
    await create(name);
    const keys = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      keys.map((key) => patch(name, { metadata: { labels: { [key]: '1' } } }, headers)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { body } = await api.send<Cluster>(`/api/v1/clusters/${name}`);
    expect(Object.keys(body.metadata.labels ?? {})).toEqual(expect.arrayContaining(keys));
  });
});

describe('deleting a cluster', () => {
  const remove = (path: string, headers: Record<string, string> = {}) =>
    api.send<Cluster & { code: string }>(`/api/v1/clusters/${path}`, { method: 'DELETE', headers });

  it('needs the name once more', async () => {
    await create('kept');
    for (const query of ['', '?confirm=', '?confirm=other']) {
      const answer = await remove(`kept${query}`);
      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe('ConfirmationRequired');
    }
    expect(
      (await api.send<Cluster>('/api/v1/clusters/kept')).body.metadata.deletionTimestamp,
    ).toBeUndefined();
  });

  it('answers 202 with what is left, as often as it is asked', async () => {
    await create('going');
    for (let i = 0; i < 2; i++) {
      const answer = await remove('going?confirm=going');
      expect(answer.status).toBe(202);
      expect(answer.body.metadata.deletionTimestamp).toBeDefined();
    }
    const again = await api.send('/api/v1/clusters', { body: request('going') });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('ClusterDeleting');
    const patch = await api.send('/api/v1/clusters/going', { method: 'PATCH', body: { spec: {} } });
    expect(patch.body.code).toBe('ClusterDeleting');
  });

  it('takes a request that names a content type and has no body', async () => {
    await create('typed');
    const answer = await remove('typed?confirm=typed', { 'content-type': 'application/json' });
    expect(answer.status).toBe(202);
  });

  it('knows what is not there, and honours If-Match', async () => {
    expect((await remove('nobody?confirm=nobody')).body).toMatchObject({
      status: 404,
      code: 'ClusterNotFound',
    });
    await create('unmatched');
    expect((await remove('unmatched?confirm=unmatched', { 'if-match': '"1"' })).status).toBe(412);
    expect((await api.send('/api/v1/clusters/unmatched')).status).toBe(200);
  });
});

describe('listing clusters', () => {
  beforeAll(async () => {
    await api.send('/api/v1/tenants', { body: { metadata: { name: 'shop' }, spec: {} } });
    for (const i of [1, 2, 3, 4, 5]) {
      const labels = { tier: i % 2 === 0 ? 'test' : 'prod' };
      await create(`page-${i}`, { tenant: 'shop', version: i < 3 ? '1.35.4' : '1.36.3' }, { labels });
    }
    const status = { conditions: [condition('Ready', 'True')] };
    const { Cluster: clusters } = berthResources;
    await api.client.patch(clusters, namespaceOf('page-2'), { status }, { subresource: 'status' });
  });

  const names = async (query: string) =>
    (await api.send<List>(`/api/v1/clusters?tenant=shop&${query}`)).body.items.map(
      ({ metadata }) => metadata.name,
    );

  it('shows what was just created', async () => {
    await create('fresh', { tenant: 'shop' });
    expect(await names('q=fresh')).toEqual(['fresh']);
  });

  it('goes through pages without loss or repetition', async () => {
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const query = `tenant=shop&q=page&limit=2${next ? `&continue=${next}` : ''}`;
      const { body } = await api.send<List>(`/api/v1/clusters?${query}`);
      seen.push(...body.items.map(({ metadata }) => metadata.name));
      expect(body.items.length + body.metadata.remainingItemCount).toBe(5 - seen.length + body.items.length);
      next = body.metadata.continue;
    } while (next);
    expect(seen).toEqual(['page-1', 'page-2', 'page-3', 'page-4', 'page-5']);
  });

  it.each([
    ['version=1.35.4', ['page-1', 'page-2']],
    ['labelSelector=tier%3Dtest', ['page-2', 'page-4']],
    ['labelSelector=tier%20in%20(test)&version=1.35.4', ['page-2']],
    ['q=PAGE-3', ['page-3']],
  ])('filters by %s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it('filters by readiness as soon as it is known', async () => {
    const found = async () => (await names('ready=true&q=page')).length === 1;
    for (let i = 0; i < 100 && !(await found()); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await names('ready=true&q=page')).toEqual(['page-2']);
    expect(await names('ready=false&q=page')).toEqual(['page-1', 'page-3', 'page-4', 'page-5']);
  });

  it('takes a continue token for the list it belongs to only', async () => {
    const { body } = await api.send<List>('/api/v1/clusters?tenant=shop&limit=1');
    const answer = await api.send(
      `/api/v1/clusters?tenant=default&limit=1&continue=${body.metadata.continue}`,
    );
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('InvalidContinueToken');
  });

  it('refuses to delete a tenant that owns clusters', async () => {
    const answer = await api.send('/api/v1/tenants/shop?confirm=shop', { method: 'DELETE' });
    expect(answer.body).toMatchObject({ status: 409, code: 'TenantInUse' });
  });

  it('refuses to delete a tenant whose configs the next tenant of its name would find', async () => {
    await api.send('/api/v1/tenants', { body: { metadata: { name: 'leaver' }, spec: {} } });
    const configs = '/api/v1/tenants/leaver/configs';
    await api.send(configs, { body: { metadata: { name: 'left' }, set: [{ name: 'a', value: 1 }] } });
    const remove = () => api.send('/api/v1/tenants/leaver?confirm=leaver', { method: 'DELETE' });
    const refused = await remove();
    expect(refused.body).toMatchObject({ status: 409, code: 'TenantInUse' });
    expect(refused.body.detail).toContain('config "left"');
    expect((await api.send(`${configs}/left?confirm=left`, { method: 'DELETE' })).status).toBe(202);
    expect((await remove()).status).toBe(202);
  });
});

function condition(type: string, status: string) {
  return { type, status, reason: 'Test', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
}
