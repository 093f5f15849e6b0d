/** Templates and applications over the REST API. The meta-cluster's own API server stands for the hosted one. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ADMIN_SECRET } from '../../../src/clusters/hosted-access.js';
import { secretObject } from '../../../src/clusters/secrets.js';
import type {
  ApplicationHistory,
  CallGraph,
  SearchAnswer,
} from '../../../src/http/apps/application-schemas.js';
import type { ConfigVersionAnswer } from '../../../src/http/apps/config-schemas.js';
import type {
  RenderAnswer,
  TemplateComparison,
  TemplateVersionAnswer,
  VariablesAnswer,
} from '../../../src/http/apps/template-schemas.js';
import type { Problem } from '../../../src/http/problem.js';
import { berthResources } from '../../../src/model/kinds.js';
import { ANNAS_TOKEN, TestApi } from '../../support/berth-api.js';
import { tgz } from '../../support/engine/tar.js';
import { eventually } from '../../support/eventually.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const TENANT = '/api/v1/tenants/default';
const BASE = `${TENANT}/templates`;
let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ BERTH_HOSTED_ACCESS: 'endpoint' });
}, 60_000);
afterAll(() => api.stop());

type Answered = TemplateVersionAnswer & Problem;
const create = (name: string, body: object) =>
  api.send<Answered>(BASE, { body: { metadata: { name }, ...body } });
const save = (name: string, body: object, token?: string) =>
  api.send<Answered>(`${BASE}/${name}/versions`, { body, token });
const config = (name: string, set: object[]) =>
  api.send(`${TENANT}/configs`, { body: { metadata: { name }, set } });

const deployment = (name: string, image = '{{ .Values.image }}') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: ${image}
`;
const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: ${name}}, ports: [{port: 80}]}\n`;
const folder = (files: Record<string, string>) => ({
  type: 'Folder',
  files: Object.entries(files).map(([path, text]) => ({ path, text })),
});
const SHOP = {
  'values.yaml': 'image: web:1\n',
  'web/deployment.yaml': deployment('web'),
  'web/service.yaml': service('web'),
  'db/deployment.yaml': deployment('db', 'db:1'),
  'db/service.yaml': service('db'),
};
const chartFiles = (version: string, changes: Record<string, string> = {}): Record<string, string> => ({
  'Chart.yaml': `apiVersion: v2\nname: redis\nversion: ${version}\n`,
  'values.yaml': 'image: redis:7\nreplicas: 1\nauth:\n  password: chart-default\n',
  'templates/all.yaml': `${deployment('redis')}---\n${service('redis')}`,
  'templates/settings.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: redis}\ndata:\n  a: "1"\n  b: "2"\n  c: "3"\n  d: "4"\n',
  ...changes,
});
const archive = (version: string, changes?: Record<string, string>) => ({
  type: 'Chart',
  archive: Buffer.from(
    tgz(
      Object.entries(chartFiles(version, changes)).map(([name, content]) => ({
        name: `redis/${name}`,
        content,
      })),
    ),
  ).toString('base64'),
});

describe('a template', () => {
  it('is made from a folder, once for the same request', async () => {
    const first = await create('shop', { from: folder(SHOP), reason: 'begin' });
    expect(first).toMatchObject({
      status: 201,
      body: { template: 'shop', version: 1, author: 'admin', findings: [], notices: [] },
    });
    expect(first.body.services.map(({ name }) => name)).toEqual(['db', 'web']);
    expect((await create('shop', { from: folder(SHOP) })).status).toBe(200);
    expect(
      await create('shop', { from: folder({ ...SHOP, 'values.yaml': 'image: web:2\n' }) }),
    ).toMatchObject({
      status: 409,
      body: { code: 'TemplateExists' },
    });
  });

  it('is made from manifests, with a config of what they leave open; no secret stays in it', async () => {
    const text = `${deployment('api', 'api:3')}---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {token: planted-manifest}\n`;
    const made = await create('manifests', { from: { type: 'Manifests', text }, config: 'manifests' });
    expect(made.status).toBe(201);
    expect(made.body.services.map(({ name }) => name)).toEqual(['api']);
    const keys = await api.send<ConfigVersionAnswer>(`${TENANT}/configs/manifests/keys`);
    expect(keys.body.keys).toEqual([
      { name: 'api.image', type: 'image', value: 'api:3' },
      { name: 'secrets.keys.token', type: 'secret' },
    ]);
    const { items } = await api.client.list(berthResources.TemplateVersion, { namespace: 'berth-t-default' });
    expect(JSON.stringify([made, keys, items])).not.toContain('planted');
  });

  it('is made from a chart, whose values become a typed config', async () => {
    const made = await create('redis', { from: archive('1.0.0'), config: 'redis' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        source: { type: 'Chart', name: 'redis', version: '1.0.0' },
        notices: [{ place: 'values.yaml:4', code: 'SecretInValues' }],
      },
    });
    const { body } = await api.send<ConfigVersionAnswer>(`${TENANT}/configs/redis/keys`);
    expect(body.keys.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'auth.password secret',
      'image image',
      'replicas number',
    ]);
  });

  it('refuses an archive that leads out of itself, and keeps nothing of it', async () => {
    const evil = Buffer.from(tgz([{ name: 'x/../../evil.yaml', content: 'a' }])).toString('base64');
    expect(await create('evil', { from: { type: 'Chart', archive: evil } })).toMatchObject({
      status: 422,
      body: { code: 'ImportInvalid' },
    });
    const path = folder({ '../evil.yaml': 'a' });
    expect((await create('evil', { from: path })).status).toBe(422);
    expect((await api.send(`${BASE}/evil`)).status).toBe(404);
  });

  it('tells every problem at once, each with its place, and saves nothing', async () => {
    const from = folder({
      'web/a.yaml': 'a: {{ nosuch 1 }}\nb: {{ other }}\n',
      'web/b.yaml': '{{ if }}\n',
      'template.yaml': 'services: {web: {dependsOn: [gone]}}',
    });
    const refused = await create('broken', { from });
    expect(refused).toMatchObject({ status: 422, body: { code: 'TemplateInvalid' } });
    expect(refused.body.errors?.map(({ path, code }) => `${path.replace(/:\d+$/, '')} ${code}`)).toEqual(
      expect.arrayContaining([
        'services.web.dependsOn UnknownService',
        'templates/web/a.yaml:1 UnknownFunction',
        'templates/web/a.yaml:2 UnknownFunction',
        'templates/web/b.yaml:1 ParseError',
      ]),
    );
    expect((await api.send(`${BASE}/broken`)).status).toBe(404);
    const notYaml = await create('broken', { from: folder({ 'web/a.yaml': 'a: b: c\n' }) });
    expect(notYaml).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('YAML parse error') },
    });
  });

  it('compares versions and rolls back', async () => {
    await create('versions', { from: folder(SHOP) });
    await save('versions', { from: folder({ ...SHOP, 'values.yaml': 'image: web:2\n' }), reason: 'new' });
    const compared = await api.send<TemplateComparison>(`${BASE}/versions/compare?from=1&to=2`);
    expect(compared.body.changes).toEqual([
      {
        path: 'values.yaml',
        change: 'Changed',
        diff: expect.stringContaining('-image: web:1\n+image: web:2\n'),
      },
    ]);
    const back = await api.send<TemplateVersionAnswer>(`${BASE}/versions/rollback`, { body: { to: 1 } });
    expect(back).toMatchObject({ status: 201, body: { version: 3, rollbackOf: 1 } });
    expect((await api.send<{ items: object[] }>(`${BASE}/versions/versions`)).body.items).toHaveLength(3);
  });

  it('tells the second of two editors what the first one changed', async () => {
    await create('both', { from: folder(SHOP) });
    await save(
      'both',
      { basedOn: 1, from: folder({ ...SHOP, 'values.yaml': 'image: anna:1\n' }) },
      ANNAS_TOKEN,
    );
    const second = await save('both', {
      basedOn: 1,
      from: folder({ ...SHOP, 'values.yaml': 'image: mine:1\n' }),
    });
    expect(second).toMatchObject({
      status: 409,
      body: {
        code: 'VersionConflict',
        errors: [{ path: 'values.yaml', message: expect.stringContaining('+image: anna:1') }],
      },
    });
  });

  it('too large for an object is refused with the size that fits, and nothing is saved', async () => {
    let state = 7;
    const noise = Buffer.alloc(1_200_000).map(
      () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24,
    );
    const from = {
      type: 'Folder',
      files: [
        { path: 'web/deployment.yaml', text: deployment('web', 'x') },
        { path: 'noise', base64: Buffer.from(noise).toString('base64') },
      ],
    };
    expect(await create('huge', { from })).toMatchObject({ status: 422, body: { code: 'ContentTooLarge' } });
  });
});

describe('while a template is edited', () => {
  it('variables are told with places, and those without a key are offered', async () => {
    await create('vars', { from: folder(SHOP) });
    await config('vars', [{ name: 'image', value: 'x:1' }]);
    const { body: version } = await api.send<TemplateVersionAnswer>(`${BASE}/vars/versions/1`);
    const files = version.files.map((file) =>
      file.path === 'templates/db/deployment.yaml'
        ? { ...file, text: deployment('db', '{{ .Values.db.image }}') }
        : file,
    );
    const request = { content: { files, services: version.services }, config: { name: 'vars' } };
    const answer = await api.send<VariablesAnswer>(`${BASE}/vars/variables`, { body: request });
    expect(answer.body.variables.filter(({ missing }) => missing)).toMatchObject([
      { name: 'db.image', type: 'string', places: ['templates/db/deployment.yaml:11:21'], services: ['db'] },
    ]);
  });

  it('a check against a config refuses variables without a key', async () => {
    await create('checked', { from: folder(SHOP) });
    await config('checked', [{ name: 'other', value: 1 }]);
    const from = folder({ ...SHOP, 'db/deployment.yaml': deployment('db', '{{ .Values.db.image }}') });
    expect(await save('checked', { from, check: { config: { name: 'checked' } } })).toMatchObject({
      status: 422,
      body: {
        errors: [
          expect.objectContaining({ code: 'MissingVariable', path: 'templates/db/deployment.yaml:11:21' }),
        ],
      },
    });
    const saved = await save('checked', { from });
    expect(saved.body.findings).toMatchObject([
      { severity: 'warning', code: 'MissingVariable' },
      { severity: 'warning', path: 'templates/db/deployment.yaml:11' },
    ]);
  });

  it('a preview masks what stems from secrets', async () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {p: {{ .Values.password | b64enc }}}\n';
    await config('preview', [
      { name: 'image', value: 'x:1' },
      { name: 'password', type: 'secret', value: 'planted-preview' },
    ]);
    await create('preview', { from: folder({ ...SHOP, 'web/secret.yaml': secret }) });
    const request = { config: { name: 'preview' }, service: 'web' };
    const { body } = await api.send<RenderAnswer>(`${BASE}/preview/render`, { body: request });
    expect(body.services[0]?.text).toContain('image: x:1');
    expect(body.services[0]?.text).toContain('<secret password>');
    expect(JSON.stringify(body)).not.toContain(Buffer.from('planted-preview').toString('base64'));
  });
});

describe('a newer chart', () => {
  const edit = (text: string) => ({ ...chartFiles('1.0.0'), 'templates/settings.yaml': text });
  const settings = (a: string, d: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: redis}\ndata:\n  a: "${a}"\n  b: "2"\n  c: "3"\n  d: "${d}"\n`;
  const editLocally = async (name: string, text: string) => {
    await create(name, { from: archive('1.0.0') });
    const { body } = await api.send<TemplateVersionAnswer>(`${BASE}/${name}/versions/1`);
    const files = body.files.map((file) =>
      file.path === 'templates/settings.yaml' ? { ...file, text } : file,
    );
    expect((await save(name, { content: { files, services: body.services } })).status).toBe(201);
  };
  const upgrade = (name: string, body: object) => api.send<Answered>(`${BASE}/${name}/upgrade`, { body });

  it('is merged with local edits', async () => {
    await editLocally('merged', settings('local', '4'));
    const from = archive('2.0.0', {
      'templates/settings.yaml': settings('1', 'newer'),
      'templates/more.yaml': service('redis'),
    });
    const answer = await upgrade('merged', { from });
    expect(answer).toMatchObject({ status: 201, body: { version: 3, source: { version: '2.0.0' } } });
    const text = answer.body.files.find(({ path }) => path === 'templates/settings.yaml')?.text;
    expect(text).toBe(settings('local', 'newer'));
    const again = await upgrade('merged', {
      from: archive('3.0.0', { 'templates/settings.yaml': settings('1', 'newest') }),
    });
    expect(again.body.files.find(({ path }) => path === 'templates/settings.yaml')?.text).toBe(
      settings('local', 'newest'),
    );
  });

  it('that changes the same lines is refused with their place, and saved when told whose count', async () => {
    await editLocally('conflict', settings('local', '4'));
    const from = archive('2.0.0', edit(settings('theirs', '4')));
    const refused = await upgrade('conflict', { from });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'MergeConflict', errors: [{ path: 'templates/settings.yaml:5' }] },
    });
    const saved = await upgrade('conflict', { from, onConflict: 'theirs' });
    expect(saved.body.files.find(({ path }) => path === 'templates/settings.yaml')?.text).toBe(
      settings('theirs', '4'),
    );
  });

  it('is nothing for a template that is no chart', async () => {
    await create('nochart', { from: folder(SHOP) });
    expect(await upgrade('nochart', { from: archive('2.0.0') })).toMatchObject({
      status: 409,
      body: { code: 'NotFromChart' },
    });
  });
});

describe('with a target cluster', () => {
  beforeAll(makeCluster);

  it('kinds it does not know and objects it would refuse are told at once', async () => {
    const from = folder({
      ...SHOP,
      'web/unknown.yaml': 'apiVersion: nosuch.example/v1\nkind: Thing\nmetadata: {name: t}\n',
      'db/refused.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: Not_A_Name}\nspec: {ports: [{port: 80}]}\n',
    });
    const refused = await create('target', { from, check: { cluster: 'target' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'TemplateInvalid' } });
    expect(refused.body.errors?.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'services.db: Service Not_A_Name RefusedByCluster',
      'services.web: Thing t UnknownKind',
    ]);
    expect((await create('target', { from: folder(SHOP), check: { cluster: 'target' } })).status).toBe(201);
  });

  it('a template is made from what lives in a namespace', async () => {
    const metadata = { name: 'live' };
    await api.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
    const put = (object: object) =>
      api.client.create({ apiVersion: 'v1', kind: 'x', metadata: { name: 'x' }, ...object } as never);
    await put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'front', namespace: 'live' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'front' } },
        template: {
          metadata: { labels: { app: 'front' } },
          spec: { containers: [{ name: 'main', image: 'front:9' }] },
        },
      },
    });
    await put({
      kind: 'Service',
      metadata: { name: 'front', namespace: 'live' },
      spec: { selector: { app: 'front' }, ports: [{ port: 80 }] },
    });
    await put({
      kind: 'Secret',
      metadata: { name: 'front', namespace: 'live' },
      stringData: { key: 'planted-live' },
    });
    const from = { type: 'Namespace', cluster: 'target', namespace: 'live' };
    const made = await create('live', {
      from,
      config: 'live',
      check: { cluster: 'target', namespace: 'live' },
    });
    expect(made).toMatchObject({ status: 201, body: { source: { name: 'target/live' } } });
    expect(made.body.services.find(({ name }) => name === 'front')?.templates).toEqual(
      expect.arrayContaining(['templates/deployment-front.yaml', 'templates/service-front.yaml']),
    );
    const { body } = await api.send<ConfigVersionAnswer>(`${TENANT}/configs/live/keys`);
    expect(body.keys).toMatchObject([
      { name: 'front.image', value: 'front:9' },
      { name: 'front.replicas', value: 2 },
      { name: 'secrets.front.key', type: 'secret' },
    ]);
    expect(JSON.stringify(made)).not.toContain('planted');
    expect(JSON.stringify(made.body.files)).not.toContain('clusterIP');
  });
});

describe('an application', () => {
  const application = (name: string, spec: object) =>
    api.send(`${TENANT}/applications`, { body: { metadata: { name }, spec } });

  it('is a template with a config for each environment, all of which render', async () => {
    await create('app', {
      from: folder({
        ...SHOP,
        'web/env.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {url: "http://{{ .Values.dbHost }}:80/"}\n',
      }),
    });
    await config('app-dev', [{ name: 'dbHost', value: 'db' }]);
    await config('app-bad', [{ name: 'other', value: 1 }]);
    const environments = [{ name: 'dev', config: { name: 'app-dev' } }];
    expect(await application('app', { template: { name: 'app' }, environments })).toMatchObject({
      status: 201,
    });
    const refused = await application('bad', {
      template: { name: 'app' },
      environments: [
        ...environments,
        { name: 'bad', config: { name: 'app-bad' } },
        { name: 'none', config: { name: 'none' } },
      ],
    });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'ApplicationInvalid',
        errors: [
          { path: expect.stringMatching(/^bad: templates\/web\/env\.yaml:4/), code: 'MissingVariable' },
          { path: 'spec.environments[2].config', code: 'ConfigNotFound' },
        ],
      },
    });
    expect(await api.send(`${BASE}/app?confirm=app`, { method: 'DELETE' })).toMatchObject({
      status: 409,
      body: { code: 'TemplateInUse' },
    });
  });

  it('shows which service is told of which', async () => {
    const graph = await api.send<CallGraph>(`${TENANT}/applications/app/call-graph`);
    expect(graph.body.services).toEqual([
      { name: 'db', dependsOn: [], calls: [] },
      { name: 'web', dependsOn: [], calls: ['db'] },
    ]);
  });

  it('is found by what is in it, but never by a secret', async () => {
    const search = async (q: string) => (await api.send<SearchAnswer>(`${TENANT}/search?q=${q}`)).body.items;
    expect(await search('dbHost')).toEqual(
      expect.arrayContaining([
        {
          kind: 'File',
          name: 'app',
          place: 'templates/web/env.yaml:4',
          text: expect.stringContaining('dbHost'),
          applications: ['app'],
        },
        { kind: 'Key', name: 'app-dev', place: 'dbHost', text: 'db', applications: ['app'] },
      ]),
    );
    expect(await search('planted')).toEqual([]);
  });

  it('is changed with a precondition', async () => {
    const got = await api.send(`${TENANT}/applications/app`);
    const etag = got.headers.get('etag') ?? '';
    const patch = (headers: Record<string, string>) =>
      api.send(`${TENANT}/applications/app`, {
        method: 'PATCH',
        body: { spec: { description: 'x' } },
        headers,
      });
    expect((await patch({ 'if-match': etag })).status).toBe(200);
    expect((await patch({ 'if-match': etag })).status).toBe(412);
  });

  const history = async () =>
    (await api.send<ApplicationHistory>(`${TENANT}/applications/app/history`)).body.items;

  it('has a history of who changed what and why, past the REST API, too', async () => {
    const ref = { namespace: 'berth-t-default', name: 'app' };
    const byHand = { spec: { description: 'by hand' } };
    await api.client.patch(berthResources.Application, ref, byHand, { fieldManager: 'kubectl-edit' });
    await eventually(async () => (await history()).length === 3, 'the change by hand');
    const body = { spec: { description: 'at last' }, reason: 'it was wrong' };
    const label = { metadata: { labels: { team: 'shop' } } };
    for (const change of [body, label])
      await api.send(`${TENANT}/applications/app`, { method: 'PATCH', body: change });
    const changes = await history();
    expect(changes).toMatchObject([
      { generation: 4, user: 'admin', reason: 'it was wrong' },
      { generation: 3, user: 'kubectl-edit' },
      { generation: 2, user: 'admin' },
      { generation: 1, user: 'admin' },
    ]);
    expect(changes[0]?.diff).toMatch(/^-description: by hand\n\+description: at last$/m);
  });

  it('is deleted by name; another of that name begins anew', async () => {
    const spec = { template: { name: 'app' }, environments: [{ name: 'dev', config: { name: 'app-dev' } }] };
    expect((await api.send(`${TENANT}/applications/app?confirm=app`, { method: 'DELETE' })).status).toBe(202);
    expect((await application('app', spec)).status).toBe(201);
    expect(await history()).toMatchObject([{ generation: 1, user: 'admin' }]);
    expect((await api.send(`${TENANT}/applications/app?confirm=app`, { method: 'DELETE' })).status).toBe(202);
  });
});

/** What the reconciler would have made of a cluster. */
async function makeCluster(): Promise<void> {
  await api.send('/api/v1/clusters', { body: { metadata: { name: 'target' }, spec: { version: '1.36.3' } } });
  const namespace = 'berth-c-target';
  const data = { kubeconfig: await api.meta.kubeconfig() };
  await api.client.create(secretObject({ name: ADMIN_SECRET, type: 'Opaque', data }, namespace));
  const { hostname, port } = new URL(api.meta.url);
  const endpoint = {
    host: 'target.berth.test',
    address: hostname,
    port: Number(port),
    internalAddresses: [hostname],
    internalPort: Number(port),
  };
  const status = { endpoint, initializedAt: new Date().toISOString() };
  await api.client.patch(
    berthResources.Cluster,
    { namespace, name: 'target' },
    { status },
    { subresource: 'status' },
  );
}
