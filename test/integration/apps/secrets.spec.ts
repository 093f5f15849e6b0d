/** Planted secrets are searched for in all that anybody can read: answers, objects, events, logs, arguments. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import type { Instance } from '../../../src/model/instance.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { addCluster } from '../../support/apps.js';
import { AppsProcess } from '../../support/apps-process.js';
import { installBerth, TOKEN } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { buildService } from '../../support/service-process.js';

jest.setTimeout(60_000);

const PLANTED = 'plantedvalue';
/** As it is, and as base64 has it, wherever in a text it begins. */
const TRACES = [
  PLANTED,
  ...['', 'x', 'xx'].map((before) =>
    Buffer.from(before + PLANTED)
      .toString('base64')
      .slice(4, 14),
  ),
];
const TENANT = 'tenants/default';
const INSTANCE = 'clusters/demo/instances/shop';

const object = (kind: string, name: string, more: string, apiVersion = 'v1') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\n${more}\n`;
const WEB = `${object(
  'Deployment',
  'web',
  `spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web:1, args: ["--url=http://u:{{ .Values.password }}@db"] }] }`,
  'apps/v1',
)}---
${object('Secret', 'own', 'stringData: { password: {{ .Values.password | quote }} }')}`;

const template: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
    { path: 'templates/web.yaml', text: WEB },
    // The API server quotes a value that it refuses.
    {
      path: 'templates/label.yaml',
      text: object('ConfigMap', 'label', '').replace(
        'name: label',
        'name: label, labels: { a: {{ .Values.label | quote }} }',
      ),
    },
  ],
  services: [
    {
      name: 'web',
      dependsOn: [],
      templates: ['templates/web.yaml'],
      env: { keys: ['*'] },
      files: { keys: ['*'], mountPath: '/etc/c' },
    },
    { name: 'label', dependsOn: [], templates: ['templates/label.yaml'] },
  ],
};

/** So do templates that give up, and those whose output is no YAML. */
const failing = [
  {
    path: 'templates/fails.yaml',
    text: `{{ if .Values.label }}{{ fail (printf "bad %s" .Values.password) }}{{ end }}`,
  },
  {
    path: 'templates/broken.yaml',
    text: object('ConfigMap', 'broken', 'data: { a: [{{ .Values.password }} }'),
  },
];

let meta: TestApiServer;
let hosted: TestApiServer;
let client: KubeClient;
let service: AppsProcess;
/** Everything that was answered, with where it came from. */
const read: { from: string; text: string }[] = [];

beforeAll(async () => {
  await buildService();
  [meta, hosted] = await Promise.all([TestApiServer.start(), TestApiServer.start()]);
  client = await meta.client();
  await installBerth(client);
  await addCluster(client, 'demo', hosted);
  service = await AppsProcess.start(meta, { BERTH_LOG_LEVEL: 'trace' });
}, 180_000);
afterAll(async () => {
  await service?.stop();
  await Promise.all([meta?.stop(), hosted?.stop()]);
});

/** Sends a request, notes the answer, whatever it says. */
async function send(path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<number> {
  const response = await fetch(new URL(`/api/v1/${path}`, service.url), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  read.push({ from: `${method} ${path}`, text: await response.text() });
  return response.status;
}

const found = () =>
  read
    .filter(({ text }) => TRACES.some((trace) => text.includes(trace)))
    .map(({ from, text }) => {
      const at = Math.min(...TRACES.map((trace) => text.indexOf(trace)).filter((index) => index >= 0));
      return `${from}: …${text.slice(Math.max(0, at - 80), at + 40)}`;
    });

async function untilState(name: string, state: string): Promise<void> {
  let seen: Instance['status'];
  const holds = async () => {
    ({ status: seen } = await service.send<Instance>('GET', INSTANCE));
    return seen?.services?.[name]?.state === state;
  };
  await eventually(holds, `${name} to be ${state}`, 20_000).catch((error: unknown) => {
    throw new Error(`${String(error)}, but: ${JSON.stringify(seen)}`);
  });
}

it('what is wrong with a secret is told without it', async () => {
  const metadata = { name: 'shop' };
  const set = [
    { name: 'password', type: 'secret', value: `${PLANTED}-one` },
    { name: 'label', type: 'secret', value: `${PLANTED} is no label` },
    { name: 'number', type: 'number', value: 1 },
  ];
  expect(await send(`${TENANT}/configs`, { metadata, set })).toBe(201);
  expect(
    await send(`${TENANT}/configs/shop/versions`, {
      set: [{ name: 'number', value: PLANTED }],
      secrets: ['number'],
    }),
  ).toBe(201);
  const wrong = [
    { name: 'password', value: { no: `${PLANTED}-text` } },
    { name: 'bad name!', type: 'secret', value: PLANTED },
  ];
  expect(await send(`${TENANT}/configs/shop/versions`, { set: wrong })).toBe(422);
  const text = `password="${PLANTED}-unclosed\n`;
  expect(
    await send(`${TENANT}/configs/shop/versions`, { import: { format: 'env', text }, secrets: ['*'] }),
  ).toBe(422);
  expect(await send(`${TENANT}/templates`, { metadata, content: template })).toBe(201);
  for (const file of failing) {
    const services = [{ name: 'web', dependsOn: [], templates: [file.path] }];
    const name = file.path.replace(/^.*\/|\.yaml$/g, '');
    const body = { metadata: { name }, content: { files: [...template.files, file], services } };
    await send(`${TENANT}/templates`, { ...body, check: { config: { name: 'shop' } } });
    await send(`${TENANT}/templates`, body);
    await send(`${TENANT}/templates/${name}/render`, { config: { name: 'shop' } });
  }
  expect(await send(`${TENANT}/templates/shop/render`, { config: { name: 'shop' } })).toBe(200);
  expect(found()).toEqual([]);
});

it('what is published is shown without them', async () => {
  const metadata = { name: 'shop' };
  const spec = { template: { name: 'shop' }, environments: [{ name: 'test', config: { name: 'shop' } }] };
  expect(await send(`${TENANT}/applications`, { metadata, spec })).toBe(201);
  expect(await send('clusters/demo/instances', { metadata, spec: { application: 'shop' } })).toBe(201);
  await send(`${INSTANCE}/impact?check=true`);
  expect(await send(`${INSTANCE}/releases`, { reason: 'first' })).toBe(202);
  await untilState('web', 'Deploying');
  await untilState('label', 'Failed');
  await send(`${TENANT}/configs/shop/versions`, { set: [{ name: 'password', value: `${PLANTED}-two` }] });
  const config = { name: 'shop', version: 3 };
  expect(await send(INSTANCE, { spec: { config } }, 'PATCH')).toBe(200);
  await send(`${INSTANCE}/impact?check=true`);
  for (const sides of ['from=published&to=draft', 'from=live&to=draft', 'from=1&to=draft']) {
    expect(await send(`${INSTANCE}/services/web/diff?${sides}`)).toBe(200);
  }
  for (const view of ['draft', 'published', 'live', '1']) {
    expect(await send(`${INSTANCE}/services/web/manifest?view=${view}`)).toBe(200);
  }
  expect(await send(`${INSTANCE}/releases`, { services: ['web'] })).toBe(202);
  // What was published before is rendered with secrets that are no longer in use.
  for (const path of ['manifest?view=1', 'diff?from=1&to=2']) {
    expect(await send(`${INSTANCE}/services/web/${path}`)).toBe(200);
  }
  const paths = ['compare?from=2&to=3', 'versions', 'versions/1', 'versions/3'].map(
    (path) => `configs/shop/${path}`,
  );
  const more = [
    'configs',
    'templates',
    'applications',
    'applications/shop/graph',
    `search?q=${PLANTED}`,
    'rollouts',
  ];
  for (const path of [...paths, ...more]) await send(`${TENANT}/${path}`);
  for (const path of ['clusters/demo/instances', INSTANCE, 'clusters/demo/releases']) {
    expect(await send(path)).toBe(200);
  }
  expect(found()).toEqual([]);
});

it('nothing that is stored, told or logged holds them', async () => {
  read.length = 0;
  const { body } = await client.raw({ method: 'GET', path: '/apis/berth.dev/v1alpha1' });
  const { resources } = JSON.parse(body) as { resources: { name: string }[] };
  const paths = resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name }) => `/apis/berth.dev/v1alpha1/${name}`);
  for (const server of [meta, hosted]) {
    const reader = await server.client();
    const own = server === meta ? [...paths, '/api/v1/configmaps'] : [];
    for (const path of [...own, '/api/v1/events', '/apis/events.k8s.io/v1/events']) {
      const answer = await reader.raw({ method: 'GET', path });
      expect(answer.statusCode).toBe(200);
      read.push({ from: path, text: answer.body });
    }
  }
  read.push({ from: 'metrics', text: await (await fetch(new URL('/metrics', service.url))).text() });
  read.push({ from: 'logs', text: service.output });
  for (const file of ['cmdline', 'environ']) {
    read.push({ from: file, text: await readFile(`/proc/${service.pid}/${file}`, 'utf8') });
  }
  expect(service.output.length).toBeGreaterThan(1000);
  expect(found()).toEqual([]);
});
