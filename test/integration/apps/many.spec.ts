/** One request about many instances, and the record of who changed what. No reconciler runs. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { ChangeHistory } from '../../../src/http/apps/activity-schemas.js';
import type { BulkInstanceAnswer, BulkReleaseAnswer } from '../../../src/http/apps/instance-schemas.js';
import type { Instance } from '../../../src/model/instance.js';
import { API_VERSION, clusterNamespace } from '../../../src/model/names.js';
import { ANNAS_TOKEN, TestApi } from '../../support/berth-api.js';
import { makeShop } from '../../support/shop.js';

const INSTANCES = '/api/v1/clusters/demo/instances';
const RELEASES = '/api/v1/clusters/demo/releases';
jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
  const namespace = clusterNamespace('demo');
  const test = { fieldManager: 'berth-test' };
  await api.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, test);
  const spec = { tenant: 'default', version: '1.36.3', plan: 'dev' };
  const metadata = { name: 'demo', namespace };
  await api.client.apply({ apiVersion: API_VERSION, kind: 'Cluster', metadata, spec }, test);
  await makeShop(api.client);
  const set = [
    { name: 'replicas', value: 0 },
    { name: 'image', value: 'web:1' },
    { name: 'mode', value: 'a' },
    { name: 'password', type: 'secret', value: 'x' },
  ];
  await api.send('/api/v1/tenants/default/configs', { body: { metadata: { name: 'shop' }, set } });
  const body = { metadata: { name: 'shop' }, spec: { application: 'shop' } };
  expect((await api.send(INSTANCES, { body })).status).toBe(201);
}, 120_000);
afterAll(() => api?.stop());

it('changes of a draft are told with who, why and what, and so is what was released', async () => {
  await api.send(`${INSTANCES}/shop/releases`, { body: { reason: 'first' } });
  const body = { spec: { services: { db: { paused: true } } }, reason: 'freeze' };
  await api.send(`${INSTANCES}/shop`, { method: 'PATCH', body, token: ANNAS_TOKEN });
  const { items } = (await api.send<ChangeHistory>(`${INSTANCES}/shop/history`)).body;
  const draft = items.find(({ generation }) => generation === 2);
  expect(draft).toMatchObject({ action: 'Draft', user: 'anna', reason: 'freeze' });
  expect(draft?.diff).toMatch(/^\+ +paused: true$/m);
  expect(items).toContainEqual(
    expect.objectContaining({ action: 'Deploy', service: 'web', user: 'admin', reason: 'first' }),
  );
  const one = await api.send<ChangeHistory>(`${INSTANCES}/shop/history?service=db&limit=1`);
  expect(one.body).toMatchObject({ more: true });
  expect(one.body.items).toHaveLength(1);
});

it('instances are made on clusters by list and by selector; what is refused is named', async () => {
  const many = '/api/v1/tenants/default/applications/shop/instances';
  const metadata = { name: 'second', labels: { stage: 'test' } };
  const made = await api.send<BulkInstanceAnswer>(many, { body: { metadata, clusters: ['demo'] } });
  expect(made).toMatchObject({ status: 201, body: { items: [{ cluster: 'demo' }] } });
  const again = await api.send<BulkInstanceAnswer>(many, { body: { metadata, clusterSelector: '!none' } });
  expect(again.body.items).toMatchObject([{ cluster: 'demo', refused: { code: 'InstanceExists' } }]);
  const missing = await api.send(many, { body: { metadata, clusters: ['demo', 'nowhere'] } });
  expect(missing).toMatchObject({ status: 422, body: { code: 'NoTargets' } });
});

it('services of many instances are released at once; one that is refused keeps no other', async () => {
  const deployed = await api.send<BulkReleaseAnswer>(RELEASES, { body: { labelSelector: 'stage=test' } });
  expect(deployed).toMatchObject({ status: 202, body: { items: [{ instance: 'second' }] } });
  expect(deployed.body.items[0]?.releases).toHaveLength(2);
  const body = { action: 'Restart', services: ['web'], instances: ['second', 'shop'] };
  const restarted = await api.send<BulkReleaseAnswer>(RELEASES, { body });
  expect(restarted.body.items.map(({ releases }) => releases.length)).toEqual([1, 1]);
  const scaling = { action: 'Scale', services: ['nobody'], replicas: 3, instances: ['shop'] };
  const refused = await api.send<BulkReleaseAnswer>(RELEASES, { body: scaling });
  expect(refused.body.items).toMatchObject([{ releases: [], refused: { code: 'NotDeployed' } }]);
  const { body: left } = await api.send<Instance>(`${INSTANCES}/shop`);
  expect(left.spec.services).not.toHaveProperty('nobody');
  expect(await api.send(RELEASES, { body: {} })).toMatchObject({ status: 422 });
});

it('logs of what is not there, and expressions that are none, are refused', async () => {
  const asked = ['logs?grep=(', 'logs?service=none', 'logs?follow=true&previous=true', 'events?service=none'];
  const answers = await Promise.all(asked.map((address) => api.send(`${INSTANCES}/shop/${address}`)));
  expect(answers.map(({ status }) => status)).toEqual([400, 404, 400, 404]);
});
