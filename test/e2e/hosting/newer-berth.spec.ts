/** A Berth that renders masters and addons differently takes over from this one, as an upgrade of Berth does. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dump, loadAll } from 'js-yaml';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Child } from '../../support/child.js';
import { Embedded } from '../../support/embedded.js';
import { Hosted } from './hosted.js';

jest.setTimeout(240_000);

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What the newer Berth puts into every pod of the masters. */
const MARK = { ip: '192.0.2.1', hostnames: ['newer.example'] };

interface Workload {
  spec?: { template?: { spec: { hostAliases?: unknown[] } } };
}

describe('a newer Berth', () => {
  let meta: Embedded;
  let hosted: Hosted[];
  let newer: Child;
  let folder: string;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Promise.all([Hosted.create(meta, 'kept-one'), Hosted.create(meta, 'kept-two')]);
    await Promise.all(hosted.map((one) => one.ready()));
    folder = await newerBerth();
  });

  afterAll(async () => {
    await newer?.kill();
    await meta.berth('up', '--no-install');
    await Promise.all(hosted.map((one) => one.requestDeletion()));
    await rm(folder, { recursive: true, force: true });
    await meta.close();
  });

  /** This Berth with other manifests, in a folder of its own. */
  async function newerBerth(): Promise<string> {
    const target = await mkdtemp(join(tmpdir(), 'berth-newer-'));
    for (const part of ['dist', 'manifests', 'package.json']) {
      await cp(join(ROOT, part), join(target, part), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(target, 'node_modules'));
    const manifests = join(target, 'manifests', 'control-plane');
    const files = await readdir(manifests, { recursive: true });
    const yaml = files.filter((file) => file.endsWith('.yaml'));
    await Promise.all(yaml.map((file) => mark(join(manifests, file))));
    return target;
  }

  async function mark(file: string): Promise<void> {
    const objects = loadAll(await readFile(file, 'utf8')) as Workload[];
    for (const { spec } of objects) {
      if (spec?.template) spec.template.spec.hostAliases = [MARK];
    }
    await writeFile(file, objects.map((object) => dump(object)).join('---\n'));
  }

  /** `namespace name uid` of every pod of all hosted clusters. */
  async function pods(): Promise<string[]> {
    const { items } = await meta.client.list(resources.Pod);
    return items
      .filter(({ metadata }) => hosted.some(({ namespace }) => namespace === metadata.namespace))
      .map(({ metadata }) => `${metadata.namespace} ${metadata.name} ${metadata.uid}`)
      .sort();
  }

  it('takes over and leaves every pod of every cluster in place', async () => {
    const before = await pods();
    expect(before.length).toBeGreaterThanOrEqual(8);
    const environment = {
      ...(await meta.serviceEnvironment()),
      BERTH_LISTEN: '127.0.0.1:0',
      BERTH_IDENTITY: 'newer',
    };
    await meta.stopService();
    const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const main = join(folder, 'dist', 'main.js');
    newer = new Child('env', [...assignments, process.execPath, main, '--role', 'reconcilers']);
    for (const one of hosted) {
      await one.reconciled();
    }
    expect(await pods()).toEqual(before);
  });

  it('renders what it has when the owner asks for a change, and that alone rolls', async () => {
    const [changed, other] = hosted;
    if (!changed || !other) throw new Error('two clusters were made');
    const before = (await pods()).filter((pod) => pod.startsWith(`${other.namespace} `));
    const spec = { apiServer: { extraArgs: { 'max-requests-inflight': '321' } } };
    await meta.client.patch(berthResources.Cluster, changed, { spec });
    const ref = { namespace: changed.namespace, name: 'kube-apiserver' };
    await meta.until(resources.Deployment, 'the newer objects', (all) => {
      const live = all.get(ref) as Workload | undefined;
      return JSON.stringify(live?.spec?.template?.spec.hostAliases) === JSON.stringify([MARK]);
    });
    await changed.ready();
    expect((await pods()).filter((pod) => pod.startsWith(`${other.namespace} `))).toEqual(before);
  });
});
