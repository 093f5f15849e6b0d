/** Versions as reconcilers read them: once, and never those of a template that was deleted. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SecretKeyRing } from '../../../src/apps/configs/key-ring.js';
import { VersionLibrary } from '../../../src/apps/releases/version-library.js';
import { silentLogger } from '../../../src/core/logging.js';
import { Informers } from '../../../src/kube/informers.js';
import { berthResources } from '../../../src/model/kinds.js';
import { tenantNamespace } from '../../../src/model/names.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';

const TEMPLATES = '/api/v1/tenants/default/templates';
const namespace = tenantNamespace('default');
let api: TestApi;
let informers: Informers;
let library: VersionLibrary;

beforeAll(async () => {
  api = await TestApi.start();
  const { client } = api;
  informers = new Informers(client, { logger: silentLogger });
  const keyRing = new SecretKeyRing(client, 'berth-system');
  library = new VersionLibrary({ client, informers, keyRing, now: () => new Date() });
  await informers.synced();
}, 60_000);
afterAll(async () => {
  await informers?.close();
  await api?.stop();
});

/** Makes the template `shop`. */
async function create(text: string): Promise<void> {
  const files = [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
    { path: 'templates/web.yaml', text },
  ];
  const services = [{ name: 'web', dependsOn: [], templates: ['templates/web.yaml'] }];
  const body = { metadata: { name: 'shop' }, content: { files, services } };
  expect((await api.send(TEMPLATES, { body })).status).toBe(201);
}

async function read(): Promise<string | undefined> {
  const { files } = await library.template('default', { name: 'shop', version: 1 });
  return files.find(({ path }) => path === 'templates/web.yaml')?.text;
}

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const version = { namespace, name: 'shop.v1' };

it('a version that was read is not asked for again', async () => {
  await create(map('first'));
  const { cache } = informers.informer(berthResources.Template);
  await eventually(
    () => Promise.resolve(cache.get({ namespace, name: 'shop' }) !== undefined),
    'the template',
  );
  expect(await read()).toBe(map('first'));
  expect(await api.client.delete(berthResources.TemplateVersion, version)).toBe(true);
  expect(await read()).toBe(map('first'));
});

it('a template made anew under the same name has content of its own', async () => {
  expect((await api.send(`${TEMPLATES}/shop?confirm=shop`, { method: 'DELETE' })).status).toBe(202);
  await create(map('second'));
  await eventually(async () => (await read()) === map('second'), 'the new content');
});

it('one that is not there is told so', async () => {
  await expect(library.template('default', { name: 'shop', version: 9 })).rejects.toMatchObject({
    code: 'TemplateVersionNotFound',
  });
});
