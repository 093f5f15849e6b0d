/** Instances over the REST API, with reconcilers and a hosted API server. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ChangeHistory, InstanceEvents } from '../../../src/http/apps/activity-schemas.js';
import type {
  BulkInstanceAnswer,
  BulkReleaseAnswer,
  DiffAnswer,
  ImpactAnswer,
  ManifestAnswer,
} from '../../../src/http/apps/instance-schemas.js';
import type { Released } from '../../../src/http/apps/instance.service.js';
import { resources } from '../../../src/kube/resources.js';
import type { Instance } from '../../../src/model/instance.js';
import type { Release } from '../../../src/model/release.js';
import type { Rollout } from '../../../src/model/rollout.js';
import type { TestHosted } from '../../support/apps.js';
import { ANNAS_TOKEN, type TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { RunningApps } from '../../support/running-apps.js';
import { makeShop } from '../../support/shop.js';

const path = '/api/v1/clusters/demo/instances';
jest.setTimeout(60_000);

const PASSWORD = 'planted-Pa55word-of-the-test';
let running: RunningApps;
let api: TestApi;
let hosted: TestHosted;

beforeAll(async () => {
  running = await RunningApps.start();
  ({ api, hosted } = running);
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
}, 120_000);
afterAll(() => running?.stop());

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

  it('is not scaled against an autoscaler', async () => {
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    };
    await hosted.client.apply(scaler, { fieldManager: 'berth-test' });
    const body = { action: 'Scale', services: ['web'], replicas: 7 };
    const answer = await api.send(`${path}/shop/releases`, { body });
    expect(answer).toMatchObject({ status: 409, body: { code: 'ScaledByAutoscaler' } });
    const nobody = await api.send(`${path}/shop/releases`, { body: { ...body, services: ['nobody'] } });
    expect(nobody).toMatchObject({ status: 409, body: { code: 'NotDeployed' } });
    const { body: left } = await api.send<Instance>(`${path}/shop`);
    expect(left.spec.services).toMatchObject({ web: { replicas: 2 } });
    expect(left.spec.services).not.toHaveProperty('nobody');
    await hosted.client.delete(resources.HorizontalPodAutoscaler, scaler.metadata);
  });

  it('tells who changed what, when and why', async () => {
    const paused = { spec: { services: { db: { paused: true } } }, reason: 'freeze' };
    await api.send(`${path}/shop`, { method: 'PATCH', body: paused, token: ANNAS_TOKEN });
    const { body } = await api.send<ChangeHistory>(`${path}/shop/history`);
    expect(body.items[0]).toMatchObject({ action: 'Draft', user: 'anna', reason: 'freeze' });
    expect(body.items[0]?.diff).toMatch(/^\+ +paused: true$/m);
    expect(body.items).toContainEqual(
      expect.objectContaining({ action: 'Rollback', service: 'web', reason: 'worse', rollbackOf: 2 }),
    );
    expect(body.items.at(-1)).toMatchObject({ action: 'Draft', generation: 1, user: 'admin' });
    const override = body.items.find(({ diff }) => /^\+.*overrides:$/m.test(diff));
    expect(override).toMatchObject({ action: 'Draft', user: 'admin' });
    const ofDb = await api.send<ChangeHistory>(`${path}/shop/history?service=db&limit=1`);
    expect(ofDb.body).toMatchObject({ items: [{ action: 'Draft', reason: 'freeze' }], more: true });
    await api.send(`${path}/shop`, { method: 'PATCH', body: { spec: { services: { db: null } } } });
  });

  it('is one of many that one request is about', async () => {
    const many = '/api/v1/tenants/default/applications/shop/instances';
    const metadata = { name: 'second', labels: { stage: 'test' } };
    const made = await api.send<BulkInstanceAnswer>(many, { body: { metadata, clusters: ['demo'] } });
    expect(made).toMatchObject({ status: 201, body: { items: [{ cluster: 'demo' }] } });
    const again = await api.send<BulkInstanceAnswer>(many, { body: { metadata, clusterSelector: '!none' } });
    expect(again.body.items).toMatchObject([{ cluster: 'demo', refused: { code: 'InstanceExists' } }]);
    expect(await api.send(many, { body: { metadata, clusters: ['demo', 'nowhere'] } })).toMatchObject({
      status: 422,
      body: { code: 'NoTargets' },
    });
    const releases = '/api/v1/clusters/demo/releases';
    const deployed = await api.send<BulkReleaseAnswer>(releases, { body: { labelSelector: 'stage=test' } });
    expect(deployed).toMatchObject({ status: 202, body: { items: [{ instance: 'second' }] } });
    expect(deployed.body.items[0]?.releases).toHaveLength(2);
    const body = { action: 'Restart', services: ['web'], instances: ['second', 'shop'] };
    const restarted = await api.send<BulkReleaseAnswer>(releases, { body });
    expect(restarted.body.items.map(({ releases: own }) => own.length)).toEqual([1, 1]);
    const wrong = { action: 'Restart', services: ['none'], instances: ['second'] };
    expect((await api.send<BulkReleaseAnswer>(releases, { body: wrong })).body.items).toMatchObject([
      { instance: 'second', releases: [], refused: { code: 'ServiceNotFound' } },
    ]);
    expect(await api.send(releases, { body: {} })).toMatchObject({ status: 422 });
  }, 60_000);

  it('has logs and events that can be asked for, and refuses what is not there', async () => {
    const logs = await api.send<string>(`${path}/shop/logs?grep=x&tailLines=5`);
    expect(logs).toMatchObject({ status: 200, body: '' });
    const events = await api.send<InstanceEvents>(`${path}/shop/events`);
    expect(events.body.items).toContainEqual(
      expect.objectContaining({ service: 'web', kind: 'Deployment', reason: 'ScalingReplicaSet' }),
    );
    const refused = await Promise.all(
      ['logs?grep=(', 'logs?service=none', 'logs?follow=true&previous=true', 'events?service=none'].map(
        async (address) => (await api.send(`${path}/shop/${address}`)).status,
      ),
    );
    expect(refused).toEqual([400, 404, 400, 404]);
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
        `${path}/shop/history`,
        `${path}/shop/events`,
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

  it('is in a rollout that takes, once it has ended, no order but to go back', async () => {
    const rollouts = '/api/v1/tenants/default/rollouts';
    const targets = [{ cluster: 'demo', instance: 'shop' }];
    const made = await api.send(rollouts, { body: { name: 'over', targets } });
    expect(made.status).toBe(201);
    const ended = async () =>
      (await api.send<Rollout>(`${rollouts}/over`)).body.status?.finishedAt !== undefined;
    await eventually(ended, 'the rollout to end', 30_000);
    const order = (command: string) => api.send(`${rollouts}/over`, { method: 'PATCH', body: { command } });
    expect(await order('Pause')).toMatchObject({ status: 409, body: { code: 'RolloutOver' } });
    expect((await order('Run')).status).toBe(200);
    expect((await order('RollBack')).status).toBe(200);
    expect(await order('Run')).toMatchObject({ status: 409, body: { code: 'RolloutOver' } });
  });

  it('keeps what it runs on from being deleted', async () => {
    const configs = '/api/v1/tenants/default/configs';
    await api.send(configs, { body: { metadata: { name: 'own' }, set: [{ name: 'mode', value: 'a' }] } });
    const spec = { config: { name: 'own', version: 1 } };
    expect((await api.send(`${path}/shop`, { method: 'PATCH', body: { spec } })).status).toBe(200);
    const remove = (address: string) => api.send(address, { method: 'DELETE' });
    const refused = await remove(`${configs}/own?confirm=own`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'ConfigInUse' } });
    expect(refused.body.detail).toContain('instance "shop"');
    expect(await remove('/api/v1/tenants/default/applications/shop?confirm=shop')).toMatchObject({
      status: 409,
      body: { code: 'ApplicationInUse' },
    });
  });

  it('is not marked by a deletion that was refused', async () => {
    const headers = { 'if-match': '"1"' };
    const address = `${path}/shop?confirm=shop&volumes=delete`;
    expect((await api.send(address, { method: 'DELETE', headers })).status).toBe(412);
    const { metadata } = (await api.send<Instance>(`${path}/shop`)).body;
    expect(metadata.annotations).not.toHaveProperty(['berth.dev/delete-volumes']);
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
