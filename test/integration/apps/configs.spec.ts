/** Configs over the REST API, on a real API server. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  ConfigComparison,
  ConfigVersionAnswer,
  ConfigVersionList,
} from '../../../src/http/apps/config-schemas.js';
import type { Problem } from '../../../src/http/problem.js';
import { resources } from '../../../src/kube/resources.js';
import type { Config } from '../../../src/model/config.js';
import { berthResources } from '../../../src/model/kinds.js';
import { ANNAS_TOKEN, TestApi } from '../../support/berth-api.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const BASE = '/api/v1/tenants/default/configs';
const NAMESPACE = 'berth-t-default';
let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

const create = (name: string, body: object = {}) =>
  api.send<Config>(BASE, { body: { metadata: { name }, ...body } });
const save = (name: string, body: object, token?: string) =>
  api.send<ConfigVersionAnswer & Problem>(`${BASE}/${name}/versions`, { body, token });
const keysOf = async (name: string, version: number) =>
  (await api.send<ConfigVersionAnswer>(`${BASE}/${name}/versions/${version}`)).body.keys;
const compare = async (name: string, from: number, to: number) =>
  (await api.send<ConfigComparison>(`${BASE}/${name}/compare?from=${from}&to=${to}`)).body;

describe('a config', () => {
  it('is created with its first version, once for the same request', async () => {
    const body = { set: [{ name: 'replicas', value: 2 }], reason: 'begin' };
    const first = await create('first', body);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`${BASE}/first`);
    expect(first.body).toMatchObject({
      status: { latest: 1, changedBy: 'admin' },
      spec: { retention: { keep: 100 } },
    });
    expect((await create('first', body)).status).toBe(200);
    expect(await create('first', { set: [{ name: 'replicas', value: 3 }] })).toMatchObject({
      status: 409,
      body: { code: 'ConfigExists' },
    });
    const list = await api.send<{ items: Config[] }>(BASE);
    expect(list.body.items.map(({ metadata }) => metadata.name)).toContain('first');
  });

  it('keeps every save as a version, with author and reason, and compares any two', async () => {
    await create('shop', {
      set: [
        { name: 'image', type: 'image', value: 'web:1' },
        { name: 'debug', value: true },
      ],
    });
    const second = await save(
      'shop',
      { set: [{ name: 'image', value: 'web:2' }], reason: 'new web' },
      ANNAS_TOKEN,
    );
    expect(second).toMatchObject({
      status: 201,
      body: { version: 2, author: 'anna', reason: 'new web', basedOn: 1 },
    });
    await save('shop', { set: [{ name: 'size', value: 5 }], unset: ['debug'] });
    expect(await compare('shop', 1, 3)).toMatchObject({
      from: 1,
      to: 3,
      changes: [
        { key: 'debug', change: 'Removed', before: true },
        { key: 'image', change: 'Changed', before: 'web:1', after: 'web:2' },
        { key: 'size', change: 'Added', after: 5 },
      ],
      text: expect.stringContaining('-image: "web:1"\n+image: "web:2"'),
    });
    const list = await api.send<ConfigVersionList>(`${BASE}/shop/versions?limit=2`);
    expect(list.body).toMatchObject({
      items: [
        { version: 3, keyCount: 2 },
        { version: 2, author: 'anna' },
      ],
      next: 2,
    });
  });

  it('makes no version of a save that changes nothing', async () => {
    await create('same', { set: [{ name: 'a', value: 1 }] });
    expect(await save('same', { set: [{ name: 'a', value: 1 }] })).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
  });

  it('rolls back by a new version with the old content', async () => {
    await create('back', { set: [{ name: 'a', value: 1 }] });
    await save('back', { set: [{ name: 'a', value: 2 }] });
    const answer = await api.send(`${BASE}/back/rollback`, { body: { to: 1, reason: 'it broke' } });
    expect(answer).toMatchObject({ status: 201, body: { version: 3, rollbackOf: 1, reason: 'it broke' } });
    expect(await keysOf('back', 3)).toEqual(await keysOf('back', 1));
  });

  it('is imported from files, and keeps the types it has', async () => {
    await create('files', {
      import: { format: 'yaml', text: 'image: {tag: "1"}\nreplicas: 3\nhosts: [a, b]\n' },
    });
    const answer = await save('files', {
      import: { format: 'env', text: 'replicas=4\nDB_PASSWORD="planted-import"\n' },
      secrets: ['DB_*'],
    });
    expect(answer.body.keys).toEqual([
      { name: 'DB_PASSWORD', type: 'secret' },
      { name: 'hosts', type: 'list', value: ['a', 'b'] },
      { name: 'image.tag', type: 'string', value: '1' },
      { name: 'replicas', type: 'number', value: 4 },
    ]);
    expect(await save('files', { import: { format: 'env', text: 'A=1\nnot a line' } })).toMatchObject({
      status: 422,
      body: { code: 'ImportInvalid', errors: [{ path: 'line 2' }] },
    });
  });

  it('gives back what was put into it, whatever that was', async () => {
    const value = {
      a: [1.5, null, 1e300, -0, '\u0000é😀', {}, []],
      'x/y.z': { ' ': true },
      big: 2 ** 70,
    };
    await create('odd', {
      set: [
        { name: 'odd', value },
        { name: 'bytes', base64: '//4A' },
        { name: 'n', value: 1e21 },
      ],
    });
    const keys = await keysOf('odd', 1);
    expect(keys).toEqual([
      { name: 'bytes', type: 'file', base64: '//4A' },
      { name: 'n', type: 'number', value: 1e21 },
      { name: 'odd', type: 'map', value: JSON.parse(JSON.stringify(value)) },
    ]);
    const { items } = (await api.send<ConfigVersionList>(`${BASE}/odd/versions`)).body;
    expect(items).toHaveLength(1);
  });

  it.each([
    ['a text that is no Unicode', '{"set":[{"name":"a","value":"\\ud800"}]}'],
    ['a value nested too deep', `{"set":[{"name":"a","value":${'['.repeat(3000)}${']'.repeat(3000)}}]}`],
    ['a name that is none', '{"set":[{"name":"a b","value":1}]}'],
  ])('refuses %s, and saves nothing', async (_, body) => {
    await create('strict', { set: [{ name: 'a', value: 1 }] });
    const answer = await api.send(`${BASE}/strict/versions`, { method: 'POST', body });
    expect(answer).toMatchObject({ status: 422, body: { code: 'ConfigInvalid' } });
    expect((await api.send<Config>(`${BASE}/strict`)).body.status?.latest).toBe(1);
  });

  it('is not deleted without being asked for by name, and then goes with its versions', async () => {
    await create('gone', { set: [{ name: 'a', value: 1 }] });
    expect((await api.send(`${BASE}/gone`, { method: 'DELETE' })).status).toBe(400);
    expect((await api.send(`${BASE}/gone?confirm=gone`, { method: 'DELETE' })).status).toBe(202);
    expect((await api.send(`${BASE}/gone`)).status).toBe(404);
    const left = await api.client.list(berthResources.ConfigVersion, {
      labelSelector: 'berth.dev/config=gone',
    });
    expect(left.items).toEqual([]);
  });
});

describe('two who edit at once', () => {
  it('the second is told what the first one changed, and nothing is lost', async () => {
    await create('both', {
      set: [
        { name: 'a', value: 1 },
        { name: 'b', value: 1 },
      ],
    });
    const anna = await save('both', { basedOn: 1, set: [{ name: 'a', value: 2 }] }, ANNAS_TOKEN);
    expect(anna.status).toBe(201);
    const second = await save('both', { basedOn: 1, set: [{ name: 'b', value: 3 }] });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      code: 'VersionConflict',
      detail: 'anna saved version 2 of "both" while you edited version 1.',
      errors: [{ path: 'a', message: 'changed: 1 → 2', code: 'Changed' }],
    });
    expect((await save('both', { basedOn: 2, set: [{ name: 'b', value: 3 }] })).status).toBe(201);
    expect(await keysOf('both', 3)).toMatchObject([{ value: 2 }, { value: 3 }]);
  });

  it('of many at the same moment one wins each number', async () => {
    await create('race', { set: [{ name: 'a', value: 0 }] });
    const answers = await Promise.all(
      [1, 2, 3, 4].map((value) => save('race', { basedOn: 1, set: [{ name: 'a', value }] })),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  });

  it('without a version to begin with, edits of different keys are all kept', async () => {
    await create('merge', { set: [] });
    const names = ['a', 'b', 'c'];
    const answers = await Promise.all(names.map((name) => save('merge', { set: [{ name, value: 1 }] })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect((await keysOf('merge', 4)).map(({ name }) => name)).toEqual(names);
  });

  it('a version that was saved just before a crash counts', async () => {
    await create('crash', { set: [{ name: 'a', value: 1 }] });
    await save('crash', { set: [{ name: 'a', value: 2 }] });
    const ref = { namespace: NAMESPACE, name: 'crash' };
    await api.client.patch(berthResources.Config, ref, { status: { latest: 1 } }, { subresource: 'status' });
    expect(await save('crash', { basedOn: 1, set: [{ name: 'a', value: 3 }] })).toMatchObject({
      status: 409,
    });
    expect(await save('crash', { set: [{ name: 'a', value: 3 }] })).toMatchObject({
      status: 201,
      body: { version: 3 },
    });
  });

  it.each([
    ['the same request', { set: [{ name: 'a', value: 2 }] }, 200, 2],
    [
      'the same request, refused for what it was based on',
      { basedOn: 1, set: [{ name: 'a', value: 2 }] },
      409,
      2,
    ],
    ['one that is based on it', { basedOn: 2, set: [{ name: 'a', value: 3 }] }, 201, 3],
  ])('a version that was saved just before a crash is told by %s', async (_what, body, status, latest) => {
    const name = `crash-${status}`;
    await create(name, { set: [{ name: 'a', value: 1 }] });
    await save(name, { set: [{ name: 'a', value: 2 }] });
    const ref = { namespace: NAMESPACE, name };
    await api.client.patch(berthResources.Config, ref, { status: { latest: 1 } }, { subresource: 'status' });
    expect((await save(name, body)).status).toBe(status);
    expect((await api.client.get(berthResources.Config, ref)).status).toMatchObject({ latest });
  });

  it('a first version that was saved just before a crash is told by the same request', async () => {
    const body = { set: [{ name: 'a', value: 1 }] };
    await create('crash-first', body);
    const ref = { namespace: NAMESPACE, name: 'crash-first' };
    const nothing = { latest: null, changedBy: null, changedAt: null };
    await api.client.patch(berthResources.Config, ref, { status: nothing }, { subresource: 'status' });
    expect(await create('crash-first', body)).toMatchObject({ status: 200, body: { status: { latest: 1 } } });
    expect((await api.client.get(berthResources.Config, ref)).status).toMatchObject({ latest: 1 });
  });
});

describe('secrets', () => {
  const PLANTED = 'planted-secret-8472';

  it('are in no answer, no object and no comparison', async () => {
    const set = [{ name: 'password', type: 'secret', value: PLANTED }];
    const answers: unknown[] = [
      await create('vault', { set }),
      await save('vault', { set: [{ name: 'password', value: `${PLANTED}-2` }] }),
    ];
    for (const path of ['', '/keys', '/versions', '/versions/1', '/versions/2', '/compare?from=1&to=2']) {
      answers.push(await api.send(`${BASE}/vault${path}`));
    }
    answers.push(await save('vault', { basedOn: 1, set: [{ name: 'password', value: 'x' }] }));
    const { items } = await api.client.list(berthResources.ConfigVersion, { namespace: NAMESPACE });
    const everything = JSON.stringify([answers, items]);
    for (const form of [PLANTED, Buffer.from(PLANTED).toString('base64').slice(0, 20)]) {
      expect(everything).not.toContain(form);
    }
    expect(JSON.stringify(answers)).not.toContain('sealed');
    expect((await compare('vault', 1, 2)).changes).toEqual([
      { key: 'password', change: 'Changed', type: 'secret' },
    ]);
  });

  it('are sealed with a key that lies in another namespace', async () => {
    const secret = await api.client.get(resources.Secret, {
      namespace: 'berth-system',
      name: 'berth-config-keys',
    });
    const { k1 = '' } = secret['data'] as Record<string, string>;
    expect(Buffer.from(k1, 'base64')).toHaveLength(32);
    const { items } = await api.client.list(resources.Secret, { namespace: NAMESPACE });
    expect(items).toEqual([]);
  });
});

describe('large and many', () => {
  it('10,000 keys are saved, listed, compared and searched', async () => {
    const set = Array.from({ length: 10_000 }, (_, i) => ({
      name: `group${i % 100}.key${i}`,
      value: `value of ${i}`,
    }));
    expect((await create('large', { set })).status).toBe(201);
    expect(await save('large', { set: [{ name: 'group1.key1', value: 'other' }] })).toMatchObject({
      status: 201,
    });
    expect((await compare('large', 1, 2)).changes).toHaveLength(1);
    const found = await api.send<ConfigVersionAnswer>(`${BASE}/large/keys?q=value%20of%209999`);
    expect(found.body.keys).toHaveLength(1);
  });

  it('what does not fit is refused with the size that does, and nothing is saved', async () => {
    const noise = Buffer.from(
      Array.from({ length: 1_400_000 }, (_, i) => (i * 7919 + (i >> 3) * 104_729) % 256),
    );
    const set = [
      { name: 'noise', base64: randomText(noise) },
      { name: 'more', base64: randomText(Buffer.from(noise).fill(7)) },
    ];
    const answer = await create('huge', { set });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'ContentTooLarge', detail: expect.stringContaining('1300000') },
    });
    expect((await api.send(`${BASE}/huge`)).status).toBe(404);
  });

  it('old versions expire, but none that an application names', async () => {
    await create('short', { spec: { retention: { keep: 3 } }, set: [{ name: 'a', value: 0 }] });
    await api.client.create({
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'Application',
      metadata: { name: 'keeper', namespace: NAMESPACE },
      spec: {
        template: { name: 'none' },
        environments: [{ name: 'prod', config: { name: 'short', version: 2 } }],
      },
    });
    for (let value = 1; value <= 7; value++) await save('short', { set: [{ name: 'a', value }] });
    const { items } = (await api.send<ConfigVersionList>(`${BASE}/short/versions`)).body;
    expect(items.map(({ version }) => version)).toEqual([8, 7, 6, 2]);
    expect(await api.send(`${BASE}/short?confirm=short`, { method: 'DELETE' })).toMatchObject({
      status: 409,
      body: { code: 'ConfigInUse' },
    });
  });

  it('200 versions are listed, compared and rolled back', async () => {
    await create('many', { spec: { retention: { keep: 300 } }, set: [{ name: 'a', value: 0 }] });
    for (let value = 1; value < 200; value++) await save('many', { set: [{ name: 'a', value }] });
    const list = await api.send<ConfigVersionList>(`${BASE}/many/versions?limit=500`);
    expect(list.body.items).toHaveLength(200);
    expect((await compare('many', 1, 200)).changes).toEqual([
      { key: 'a', change: 'Changed', type: 'number', before: 0, after: 199 },
    ]);
    expect((await api.send(`${BASE}/many/rollback`, { body: { to: 1 } })).body).toMatchObject({
      version: 201,
    });
  });
});

/** Base64 of bytes that gzip cannot make smaller. */
function randomText(bytes: Buffer): string {
  let state = 1;
  const noise = bytes.map((byte) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return byte ^ (state >>> 24);
  });
  return Buffer.from(noise).toString('base64').slice(0, 1_000_000);
}
