/** Publishing services of an instance to a real API server: apply, change one key, drift, conflicts, prune, rollback. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { annotations } from '../../../src/model/names.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { required, TestApps, TestHosted } from '../../support/apps.js';
import { DB, WEB } from '../../support/shop.js';

const CLAIM = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { storageClassName: local, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`;
const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';

/** Its volumes are made for the first pod that uses them: a claim alone waits for ever. */
const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local' },
  provisioner: 'berth.dev/test',
  volumeBindingMode: 'WaitForFirstConsumer',
};

function template(files: Record<string, string>): TemplateContent {
  return {
    files: [
      { path: 'Chart.yaml', text: CHART },
      ...Object.entries(files).map(([name, text]) => ({ path: `templates/${name}.yaml`, text })),
    ],
    services: Object.keys(files).map((name) => ({
      name,
      dependsOn: name === 'web' && 'db' in files ? ['db'] : [],
      templates: [`templates/${name}.yaml`],
    })),
  };
}

const config = (values: Record<string, string | number>) =>
  Object.entries(values).map(([name, value]) => ({
    name,
    type: typeof value === 'number' ? ('number' as const) : ('string' as const),
    value,
  }));

let apps: TestApps;
let hosted: TestHosted;
const spec = {
  application: 'shop',
  namespace: 'shop',
  template: { name: 'shop', version: 1 },
  config: { name: 'shop', version: 1 },
};

beforeAll(async () => {
  [apps, hosted] = await Promise.all([TestApps.start(), TestHosted.start()]);
  await apps.addCluster('demo', hosted);
  await hosted.client.create(STORAGE_CLASS);
  apps.versions.templates.push(
    template({ web: WEB, db: `${DB}---${CLAIM}` }),
    template({ web: required(WEB.split('---')[0]), db: DB }),
  );
  apps.versions.configs.push(
    config({ replicas: 0, image: 'web:1', mode: 'a' }),
    config({ replicas: 0, image: 'web:2', mode: 'a' }),
  );
  await apps.createInstance('demo', 'shop', spec);
  await apps.startReconcilers();
}, 120_000);
afterAll(async () => {
  await apps?.stop();
  await hosted?.stop();
});

const web = () => hosted.client.get(resources.Deployment, { namespace: 'shop', name: 'web' });

describe('publishing', () => {
  it('brings every service to the cluster, those that others depend on first', async () => {
    const { releases } = await apps.publish('demo', 'shop', { reason: 'first' });
    expect(releases.map(({ metadata }) => metadata.name).sort()).toEqual(['shop.db.1', 'shop.web.1']);
    await apps.until('demo', 'shop', 'web', 'Deployed');
    const [first, second] = await Promise.all(
      ['db', 'web'].map((service) => apps.release('demo', 'shop', service, 1)),
    );
    expect(Date.parse(required(first?.status?.finishedAt))).toBeLessThanOrEqual(
      Date.parse(required(second?.status?.finishedAt)),
    );
    expect(second?.status).toMatchObject({ phase: 'Published' });
    const live = await web();
    const inventory = second?.status?.inventory ?? [];
    expect(inventory).toContainEqual(
      expect.objectContaining({ kind: 'Deployment', name: 'web', uid: live.metadata.uid }),
    );
    expect((await apps.instance('demo', 'shop')).status).toMatchObject({ deployed: '2/2' });
  }, 60_000);

  it('does nothing when nothing changed', async () => {
    expect(await apps.publish('demo', 'shop')).toEqual({
      releases: [],
      held: [],
      unchanged: expect.arrayContaining(['web', 'db']),
    });
  });

  it('a changed key makes a release of the services it changes, and of no other', async () => {
    await apps.change('demo', 'shop', { config: { name: 'shop', version: 2 } });
    const { releases, unchanged } = await apps.publish('demo', 'shop');
    expect(releases.map(({ spec: { service } }) => service)).toEqual(['web']);
    expect(unchanged).toEqual(['db']);
    await apps.until('demo', 'shop', 'web', 'Deployed', 2);
    const live = await web();
    expect(live.spec?.template.spec?.containers[0]?.image).toBe('web:2');
    expect(live.metadata.annotations?.[annotations.configVersion]).toBe('2');
    const service = await hosted.client.get(resources.Service, { namespace: 'shop', name: 'web' });
    expect(service.metadata.annotations?.[annotations.configVersion]).toBe('1');
  }, 60_000);

  it('a rollback brings the content of an earlier release back', async () => {
    const { releases } = await apps.publish('demo', 'shop', { action: 'Rollback', services: ['web'] });
    expect(releases[0]?.spec).toMatchObject({ revision: 3, cause: { rollbackOf: 1 } });
    await apps.until('demo', 'shop', 'web', 'Deployed', 3);
    expect((await web()).spec?.template.spec?.containers[0]?.image).toBe('web:1');
  }, 60_000);
});

describe('what others do', () => {
  it('kubectl scale shows as drift, and publishing over it names field and manager', async () => {
    await hosted.client.patch(
      resources.Deployment,
      { namespace: 'shop', name: 'web' },
      { spec: { replicas: 1 } },
      { subresource: 'scale', fieldManager: 'kubectl' },
    );
    const { drift } = await apps.until('demo', 'shop', 'web', 'Drifted');
    expect(drift).toEqual([{ kind: 'Deployment', name: 'web', change: 'Changed' }]);
    await apps.publish('demo', 'shop', { services: ['web'] });
    const { message } = await apps.until('demo', 'shop', 'web', 'Failed');
    expect(message).toBe('.spec.replicas of Deployment web is set by kubectl');
    await apps.publish('demo', 'shop', { services: ['web'], conflicts: 'leave' });
    await apps.until('demo', 'shop', 'web', 'Deploying');
    expect((await web()).spec?.replicas).toBe(1);
    await apps.publish('demo', 'shop', { services: ['web'], action: 'Restart', conflicts: 'take' });
    await apps.until('demo', 'shop', 'web', 'Deployed');
    expect((await web()).spec?.replicas).toBe(0);
  }, 90_000);

  it('a deleted object is drift, and comes back with the next publish', async () => {
    const ref = { namespace: 'shop', name: 'db' };
    await hosted.client.delete(resources.ConfigMap, ref);
    expect((await apps.until('demo', 'shop', 'db', 'Drifted')).message).toContain('was deleted by others');
    await apps.publish('demo', 'shop', { services: ['db'] });
    await apps.until('demo', 'shop', 'db', 'Deployed');
    expect(await hosted.client.find(resources.ConfigMap, ref)).toBeDefined();
  }, 60_000);

  it('an object of the same name that is somebody else’s is left alone', async () => {
    const metadata = { name: 'web', namespace: 'other' };
    await hosted.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const theirs = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 9 }] } };
    await hosted.client.create(theirs, { fieldManager: 'their-tool' });
    await apps.createInstance('demo', 'other', { ...spec, namespace: 'other' });
    await apps.publish('demo', 'other');
    const { message } = await apps.until('demo', 'other', 'web', 'Failed');
    expect(message).toBe('Service web is there already and belongs to their-tool');
    const live = await hosted.client.get(resources.Service, { namespace: 'other', name: 'web' });
    expect(live.spec?.ports).toMatchObject([{ port: 9 }]);
  }, 60_000);
});

describe('what is no longer rendered', () => {
  it('is pruned after all was applied; volumes only when confirmed', async () => {
    await apps.change('demo', 'shop', { template: { name: 'shop', version: 2 } });
    const { releases } = await apps.publish('demo', 'shop');
    for (const { spec: made } of releases) {
      await apps.until('demo', 'shop', made.service, 'Deployed', made.revision);
    }
    const ofWeb = required((await apps.releases('demo', 'shop')).get('web')?.at(-1));
    expect(ofWeb.status?.pruned).toEqual(['Service/web']);
    const volume = { namespace: 'shop', name: 'data' };
    expect(await hosted.client.find(resources.PersistentVolumeClaim, volume)).toBeDefined();
    await apps.publish('demo', 'shop', { action: 'Undeploy', confirm: ['PersistentVolumeClaim/data'] });
    await apps.until('demo', 'shop', 'db', 'NotDeployed');
    await apps.until('demo', 'shop', 'web', 'NotDeployed');
    expect(await hosted.client.find(resources.ConfigMap, { namespace: 'shop', name: 'db' })).toBeUndefined();
    const ofDb = required((await apps.releases('demo', 'shop')).get('db')?.at(-1));
    expect(ofDb.status?.pruned).toContain('PersistentVolumeClaim/data');
  }, 60_000);
});
