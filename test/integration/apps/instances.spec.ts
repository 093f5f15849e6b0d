/** Instances over the REST API, with reconcilers and a hosted API server. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AppsManager } from '../../../src/apps/apps-manager.js';
import { SecretKeyRing } from '../../../src/apps/configs/key-ring.js';
import { StoredRenderer } from '../../../src/apps/releases/stored-renderer.js';
import { VersionLibrary } from '../../../src/apps/releases/version-library.js';
import { silentLogger } from '../../../src/core/logging.js';
import { Metrics } from '../../../src/core/metrics.js';
import { Informers } from '../../../src/kube/informers.js';
import type { DiffAnswer, ImpactAnswer, ManifestAnswer } from '../../../src/http/apps/instance-schemas.js';
import type { Released } from '../../../src/http/apps/instance.service.js';
import { resources } from '../../../src/kube/resources.js';
import type { Instance } from '../../../src/model/instance.js';
import type { Release } from '../../../src/model/release.js';
import { addCluster, TestHosted } from '../../support/apps.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { makeShop } from '../../support/shop.js';

const path = '/api/v1/clusters/demo/instances';
jest.setTimeout(60_000);

const PASSWORD = 'planted-Pa55word-of-the-test';
let api: TestApi;
let hosted: TestHosted;
let manager: AppsManager;
let informers: Informers;

beforeAll(async () => {
  [api, hosted] = await Promise.all([TestApi.start({ BERTH_HOSTED_ACCESS: 'endpoint' }), TestHosted.start()]);
  await addCluster(api.client, 'demo', hosted.server);
  await makeShop(api.client);
  const keys = [
    { name: 'replicas', value: 0 },
    { name: 'image', value: 'web:1' },
    { name: 'mode', value: 'a' },
    { name: 'password', type: 'secret', value: PASSWORD },
  ];
  const created = await api.send('/api/v1/tenants/default/configs', {
    body: { metadata: { name: 'shop' }, set: keys },
  });
  expect(created.status).toBe(201);
  const keyRing = new SecretKeyRing(api.client, 'berth-system');
  const renderer = new StoredRenderer(new VersionLibrary(api.client, keyRing, () => new Date()));
  const { client } = api;
  informers = new Informers(client, { logger: silentLogger });
  manager = new AppsManager({
    client,
    informers,
    renderer,
    hostedAccess: 'endpoint',
    logger: silentLogger,
    metrics: new Metrics(),
  });
  await manager.start(new AbortController().signal);
}, 120_000);
afterAll(async () => {
  await manager?.stop();
  await informers?.close();
  await api?.stop();
  await hosted?.stop();
});

async function until(service: string, state: string, revision: number): Promise<void> {
  let seen: Instance['status'];
  const holds = async () => {
    ({ status: seen } = (await api.send<Instance>(`${path}/shop`)).body);
    const status = seen?.services?.[service];
    return status?.state === state && status.revision === revision;
  };
  await eventually(holds, `${service} to be ${state} at ${revision}`, 20_000).catch((error: unknown) => {
    throw new Error(`${String(error)}, but: ${JSON.stringify(seen)}`);
  });
}

describe('an instance', () => {
  it('takes the versions of its application', async () => {
    const body = { metadata: { name: 'shop' }, spec: { application: 'shop', environment: 'test' } };
    const created = await api.send<Instance>(path, { body });
    expect(created).toMatchObject({
      status: 201,
      body: {
        spec: {
          namespace: 'shop',
          template: { name: 'shop', version: 1 },
          config: { name: 'shop', version: 1 },
        },
      },
    });
    expect(await api.send(path, { body })).toMatchObject({ status: 409, body: { code: 'InstanceExists' } });
  });

  it.each([
    ['application', { application: 'none' }, 'ApplicationNotFound'],
    ['environment', { application: 'shop', environment: 'none' }, 'EnvironmentNotFound'],
  ])('is refused with a wrong %s', async (_what, spec, code) => {
    const answer = await api.send(path, { body: { metadata: { name: 'wrong' }, spec } });
    expect(answer).toMatchObject({ status: 422, body: { code } });
  });

  it('shows what a deployment would do, then does it', async () => {
    const { body } = await api.send<ImpactAnswer>(`${path}/shop/impact?check=true`);
    const web = body.services.find(({ service }) => service === 'web');
    expect(web).toMatchObject({ restarts: [], refused: [] });
    expect(web?.objects).toContainEqual({ kind: 'Deployment', name: 'web', change: 'Create' });
    const released = await api.send<Released>(`${path}/shop/releases`, { body: { reason: 'first' } });
    expect(released.status).toBe(202);
    expect(released.body.releases).toHaveLength(2);
    await until('web', 'Deployed', 1);
    const again = await api.send<Released>(`${path}/shop/releases`, { body: {} });
    expect(again.body).toMatchObject({ releases: [], held: [] });
    expect(again.body.unchanged.sort()).toEqual(['db', 'web']);
  }, 60_000);

  it('is live as it was drafted: defaults are no difference', async () => {
    const { body } = await api.send<DiffAnswer>(`${path}/shop/services/web/diff`);
    expect(body.diff).toBe('');
    const live = await api.send<ManifestAnswer>(`${path}/shop/services/web/manifest?view=live`);
    expect(live.body.manifest).toContain('kind: Deployment');
  });

  it('restarts the pods of what a changed secret reaches, and tells before', async () => {
    const set = [{ name: 'password', value: `${PASSWORD}-2` }];
    await api.send('/api/v1/tenants/default/configs/shop/versions', { body: { set } });
    await api.send(`${path}/shop`, {
      method: 'PATCH',
      body: { spec: { config: { name: 'shop', version: 2 } } },
    });
    const { body } = await api.send<ImpactAnswer>(`${path}/shop/impact`);
    expect(body.services).toContainEqual(
      expect.objectContaining({ service: 'web', restarts: ['Deployment/web'] }),
    );
    expect(body.services).toContainEqual(expect.objectContaining({ service: 'db', objects: [] }));
    const { body: released } = await api.send<Released>(`${path}/shop/releases`, { body: {} });
    expect(released).toMatchObject({
      releases: [{ spec: { service: 'web', revision: 2 } }],
      unchanged: ['db'],
    });
    await until('web', 'Deployed', 2);
  }, 60_000);

  it('an override, a scale and a rollback make releases; the rollback holds the service', async () => {
    const overrides = [
      { target: { kind: 'Service', name: 'web' }, patch: { spec: { ports: [{ port: 80, name: 'http' }] } } },
    ];
    await api.send(`${path}/shop`, { method: 'PATCH', body: { spec: { services: { web: { overrides } } } } });
    const { body: compared } = await api.send<DiffAnswer>(`${path}/shop/services/web/diff?from=published`);
    expect(compared.diff).toMatch(/^\+.*name: http$/m);
    await api.send(`${path}/shop/releases`, { body: {} });
    await until('web', 'Deployed', 3);
    const rollback = { action: 'Rollback', services: ['web'], reason: 'worse' };
    const rolled = await api.send<Released>(`${path}/shop/releases`, { body: rollback });
    expect(rolled.body.releases[0]?.spec.cause).toMatchObject({ rollbackOf: 2, user: 'admin' });
    await until('web', 'Deployed', 4);
    const held = await api.send<Released>(`${path}/shop/releases`, { body: {} });
    expect(held.body).toMatchObject({ releases: [], held: ['web'], unchanged: ['db'] });
    const scaled = await api.send<Released>(`${path}/shop/releases`, {
      body: { action: 'Scale', services: ['web'], replicas: 2 },
    });
    expect(scaled.body.releases).toHaveLength(1);
    await until('web', 'Deploying', 5);
    const live = await hosted.client.get(resources.Deployment, { namespace: 'shop', name: 'web' });
    expect(live.spec?.replicas).toBe(2);
  }, 90_000);

  it('an override that fits nothing is refused with its place', async () => {
    const overrides = [{ target: { kind: 'Service', name: 'none' }, patch: {} }];
    await api.send(`${path}/shop`, { method: 'PATCH', body: { spec: { services: { db: { overrides } } } } });
    const answer = await api.send(`${path}/shop/releases`, { body: { services: ['db'] } });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'OverrideInvalid', errors: [{ path: 'overrides[0].target' }] },
    });
    await api.send(`${path}/shop`, { method: 'PATCH', body: { spec: { services: { db: null } } } });
  });

  it('nothing that can be read holds a secret', async () => {
    const answers = await Promise.all(
      [
        path,
        `${path}/shop`,
        '/api/v1/clusters/demo/releases',
        `${path}/shop/services/web/manifest?view=draft`,
        `${path}/shop/services/web/manifest?view=live`,
        `${path}/shop/services/web/diff?from=1&to=2`,
        `${path}/shop/impact`,
      ].map((address) => api.send(address)),
    );
    const stored = await Promise.all(
      ['instances', 'releases'].map((plural) =>
        api.client.raw({ method: 'GET', path: `/apis/berth.dev/v1alpha1/${plural}` }),
      ),
    );
    const texts = [...answers.map(({ body }) => JSON.stringify(body)), ...stored.map(({ body }) => body)];
    const secrets = [PASSWORD, Buffer.from(PASSWORD).toString('base64').slice(0, 30)];
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('shows its history, and goes with all it made', async () => {
    const { body } = await api.send<{ items: Release[] }>(
      '/api/v1/clusters/demo/releases?instance=shop&service=web',
    );
    expect(body.items.map(({ spec }) => spec.action)).toEqual(
      expect.arrayContaining(['Deploy', 'Rollback', 'Scale']),
    );
    expect((await api.send(`${path}/shop?confirm=shop`, { method: 'DELETE' })).status).toBe(202);
    await eventually(async () => (await api.send(`${path}/shop`)).status === 404, 'the instance to be gone');
    const ref = { namespace: 'shop', name: 'web' };
    await eventually(
      async () => (await hosted.client.find(resources.Deployment, ref)) === undefined,
      'its deployment to be gone',
    );
    expect(await hosted.client.find(resources.ConfigMap, { ...ref, name: 'db' })).toBeUndefined();
  }, 60_000);
});
