/** A long life of one instance: hundreds of config versions and releases; and what is too large for a cluster. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import type { Instance } from '../../../src/model/instance.js';
import { clusterNamespace } from '../../../src/model/names.js';
import type { Release } from '../../../src/model/release.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { berthResources } from '../../../src/model/kinds.js';
import { addCluster } from '../../support/apps.js';
import { AppsProcess } from '../../support/apps-process.js';
import { installBerth } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { buildService } from '../../support/service-process.js';

jest.setTimeout(240_000);

const RELEASES = 130;
/** Finished releases that are kept of each service. */
const KEPT = 100;
const KEPT_VERSIONS = 20;
const CONFIG = 'tenants/default/configs/life';
const INSTANCE = 'clusters/demo/instances/life';
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: NAME }\n';
const POD = `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: agent:1 }] }
`;
const template: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: life\nversion: 1.0.0\n' },
    {
      path: 'templates/map.yaml',
      text: `${MAP.replace('NAME', 'map')}data: { day: {{ .Values.day | quote }} }\n`,
    },
    { path: 'templates/agent.yaml', text: POD },
  ],
  services: [
    { name: 'map', dependsOn: [], templates: ['templates/map.yaml'] },
    {
      name: 'agent',
      dependsOn: [],
      templates: ['templates/agent.yaml'],
      files: { keys: ['file*'], mountPath: '/f' },
    },
  ],
};

let meta: TestApiServer;
let hosted: TestApiServer;
let service: AppsProcess;

beforeAll(async () => {
  await buildService();
  [meta, hosted] = await Promise.all([TestApiServer.start(), TestApiServer.start()]);
  const client = await meta.client();
  await installBerth(client);
  await addCluster(client, 'demo', hosted);
  service = await AppsProcess.start(meta);
  const metadata = { name: 'life' };
  const retention = { keep: KEPT_VERSIONS };
  const set = [{ name: 'day', value: 'day 1' }];
  await service.send('POST', 'tenants/default/configs', { metadata, spec: { retention }, set });
  await service.send('POST', 'tenants/default/templates', { metadata, content: template });
  const spec = { template: { name: 'life' }, environments: [{ name: 'test', config: { name: 'life' } }] };
  await service.send('POST', 'tenants/default/applications', { metadata, spec });
  await service.send('POST', 'clusters/demo/instances', { metadata, spec: { application: 'life' } });
}, 180_000);
afterAll(async () => {
  await service?.stop();
  await Promise.all([meta?.stop(), hosted?.stop()]);
});

const read = <T>(path: string) => service.send<T>('GET', path);
const move = (version: number) =>
  service.send('PATCH', INSTANCE, { spec: { config: { name: 'life', version } } });
const publish = (request: object = { services: ['map'] }) =>
  service.send<{ releases: Release[] }>('POST', `${INSTANCE}/releases`, request);

async function untilPublished(revision: number): Promise<void> {
  const holds = async () => {
    const { status } = await read<Instance>(INSTANCE);
    const { state, revision: seen = 0 } = status?.services?.['map'] ?? {};
    return state === 'Deployed' && seen >= revision;
  };
  await eventually(holds, `revision ${revision} to be published`, 60_000);
}

async function dayInCluster(): Promise<string | undefined> {
  const client = await hosted.client();
  return (await client.get(resources.ConfigMap, { namespace: 'life', name: 'map' })).data?.['day'];
}

describe('a long life', () => {
  it('keeps a hundred releases of each service, and no version that one of them needs goes', async () => {
    for (let day = 2; day <= RELEASES + 1; day++) {
      await service.send('POST', `${CONFIG}/versions`, { set: [{ name: 'day', value: `day ${day}` }] });
      await move(day);
      await publish();
    }
    await untilPublished(RELEASES);
    expect(await dayInCluster()).toBe(`day ${RELEASES + 1}`);
    const client = await meta.client();
    const scope = { namespace: clusterNamespace('demo') };
    const kept = async () => (await client.list(berthResources.Release, scope)).items;
    await eventually(async () => (await kept()).length <= KEPT, 'old releases to expire');
    // A version goes with the next save after the last release that needs it.
    await service.send('POST', `${CONFIG}/versions`, { set: [{ name: 'day', value: 'another' }] });
    const { items } = await read<{ items: { version: number }[] }>(`${CONFIG}/versions?limit=500`);
    const versions = new Set(items.map(({ version }) => version));
    const needed = (await kept()).map(({ spec }) => spec.inputs.config?.version ?? 0);
    expect(needed.filter((version) => !versions.has(version))).toEqual([]);
    expect(Math.min(...versions)).toBeGreaterThan(10);
    expect(versions.size).toBeLessThanOrEqual(KEPT + KEPT_VERSIONS);
  });

  it('is listed in pages, the same whole', async () => {
    const names: string[] = [];
    const path = 'clusters/demo/releases?instance=life&service=map&limit=30';
    for (let next: string | undefined = path; next !== undefined;) {
      const page: { items: Release[]; metadata: { continue?: string } } = await read(next);
      expect(page.items.length).toBeLessThanOrEqual(30);
      names.push(...page.items.map(({ metadata }) => metadata.name));
      const { continue: token } = page.metadata;
      next = token && `${path}&continue=${token}`;
    }
    expect(new Set(names).size).toBe(KEPT);
    expect(names).toHaveLength(KEPT);
  });

  it('compares and goes back to the oldest that is kept', async () => {
    const { items } = await read<{ items: Release[] }>('clusters/demo/releases?instance=life&service=map');
    const revisions = items.map(({ spec }) => spec.revision).toSorted((a, b) => a - b);
    const [oldest = 0] = revisions;
    const path = `${INSTANCE}/services/map/diff?from=${oldest}&to=published`;
    const { diff } = await read<{ diff: string }>(path);
    expect(diff).toContain(`-  day: day ${oldest + 1}\n+  day: day ${RELEASES + 1}\n`);
    const request = { action: 'Rollback', services: ['map'], revision: oldest };
    const [made] = (await publish(request)).releases;
    await untilPublished(made?.spec.revision ?? 0);
    expect(await dayInCluster()).toBe(`day ${oldest + 1}`);
  });
});

describe('files', () => {
  it('that are bytes reach the cluster as they are', async () => {
    const base64 = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64');
    const set = [{ name: 'file.bin', type: 'file', base64 }];
    const saved = await service.send<{ version: number }>('POST', `${CONFIG}/versions`, { set });
    await move(saved.version);
    await publish({ services: ['agent'] });
    const client = await hosted.client();
    const find = async () => (await client.list(resources.ConfigMap, { namespace: 'life' })).items;
    const files = async () => (await find()).find(({ binaryData }) => binaryData !== undefined);
    await eventually(async () => (await files()) !== undefined, 'the file to arrive');
    expect((await files())?.binaryData).toEqual({ 'file.bin': base64 });
  });

  it('that are too many for one object are refused with the size, and nothing is released', async () => {
    const text = 'x'.repeat(600_000);
    const set = ['file.one', 'file.two'].map((name) => ({ name, type: 'file', value: text }));
    const saved = await service.send<{ version: number }>('POST', `${CONFIG}/versions`, { set });
    await move(saved.version);
    const before = (await read<{ items: Release[] }>('clusters/demo/releases')).items.length;
    await expect(publish({ services: ['map', 'agent'] })).rejects.toThrow(
      /SinkTooLarge.*1048576|1048576.*SinkTooLarge/s,
    );
    const after = (await read<{ items: Release[] }>('clusters/demo/releases')).items.length;
    expect(after).toBe(before);
  });
});
