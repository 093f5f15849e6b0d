/** What others do to the objects of a service: autoscalers, injected containers, people with kubectl, other tools. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { required, TestApps, TestHosted } from '../../support/apps.js';
import { eventually } from '../../support/eventually.js';
import { WEB } from '../../support/shop.js';
import { SIDECAR, SidecarWebhook } from '../../support/sidecar-webhook.js';

jest.setTimeout(90_000);

const template: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
    { path: 'templates/web.yaml', text: WEB },
  ],
  services: [{ name: 'web', dependsOn: [], templates: ['templates/web.yaml'] }],
};
const IMAGE = '.spec.template.spec.containers[name="web"].image';
let apps: TestApps;
let hosted: TestHosted;
let webhook: SidecarWebhook;

beforeAll(async () => {
  [apps, hosted, webhook] = await Promise.all([
    TestApps.start(),
    TestHosted.start(),
    SidecarWebhook.start('injected'),
  ]);
  await apps.addCluster('demo', hosted);
  await hosted.client.create(webhook.configuration);
  apps.versions.templates.push(template);
  for (let i = 1; i <= 3; i++) {
    const image = { name: 'image', type: 'string', value: `web:${i}` } as const;
    apps.versions.configs.push([{ name: 'replicas', type: 'number', value: 0 }, image]);
  }
  await apps.startReconcilers();
}, 120_000);
afterAll(async () => {
  await apps?.stop();
  await hosted?.stop();
  await webhook?.stop();
});

const deployment = (namespace: string) => hosted.client.get(resources.Deployment, { namespace, name: 'web' });

/** Publishes a version of the config to an instance in the namespace of its name. */
async function publish(name: string, version: number, request: Parameters<TestApps['publish']>[2] = {}) {
  await apps.change('demo', name, { config: { name: 'shop', version } });
  const { releases } = await apps.publish('demo', name, request);
  return required(releases[0]).spec.revision;
}

async function deploy(name: string): Promise<void> {
  const versions = { template: { name: 'shop', version: 1 }, config: { name: 'shop', version: 1 } };
  await apps.createInstance('demo', name, { application: 'shop', namespace: name, ...versions });
  await apps.publish('demo', name);
  await apps.until('demo', name, 'web', 'Deployed', 1);
}

async function editImage(namespace: string, image: string): Promise<void> {
  const containers = [{ name: 'web', image }];
  const body = { spec: { template: { spec: { containers } } } };
  const options = { type: 'strategic', fieldManager: 'kubectl-edit' } as const;
  await hosted.client.patch(resources.Deployment, { namespace, name: 'web' }, body, options);
}

describe('an autoscaler', () => {
  it('keeps the number of pods, however often the service is published', async () => {
    await deploy('scaled');
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    await hosted.client.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: 'scaled' },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5 },
    });
    // The cache of autoscalers is behind for a moment.
    await publish('scaled', 2, { conflicts: 'refuse' });
    await eventually(
      async () => (await deployment('scaled')).spec?.template.spec?.containers[0]?.image === 'web:2',
      'the new image',
    );
    const ref = { namespace: 'scaled', name: 'web' };
    const scale = { subresource: 'scale', fieldManager: 'kube-controller-manager' };
    await hosted.client.patch(resources.Deployment, ref, { spec: { replicas: 3 } }, scale);
    const revision = await publish('scaled', 3);
    const status = await apps.until('demo', 'scaled', 'web', 'Deploying', revision);
    expect(status.drift).toBeUndefined();
    const live = await deployment('scaled');
    expect(live.spec?.replicas).toBe(3);
    expect(live.spec?.template.spec?.containers[0]?.image).toBe('web:3');
  });
});

describe('a container that admission adds', () => {
  it('stays, is no drift, and keeps nothing from being published', async () => {
    await deploy('injected');
    const names = async () =>
      (await deployment('injected')).spec?.template.spec?.containers.map(({ name }) => name);
    expect(await names()).toEqual(['web', SIDECAR.name]);
    const { metadata } = await deployment('injected');
    expect((await apps.publish('demo', 'injected')).releases).toEqual([]);
    const revision = await publish('injected', 2);
    const { drift } = await apps.until('demo', 'injected', 'web', 'Deployed', revision);
    expect(drift).toBeUndefined();
    expect(await names()).toEqual(['web', SIDECAR.name]);
    expect((await deployment('injected')).metadata.generation).toBe((metadata.generation ?? 0) + 1);
  });
});

describe('a hand edit', () => {
  it('shows as drift; publishing over it names field and manager, and does what it is told', async () => {
    await deploy('edited');
    await editImage('edited', 'web:hot-fix');
    const { drift } = await apps.until('demo', 'edited', 'web', 'Drifted');
    expect(drift).toEqual([{ kind: 'Deployment', name: 'web', change: 'Changed' }]);
    const revision = await publish('edited', 2);
    const { message } = await apps.until('demo', 'edited', 'web', 'Failed');
    expect(message).toBe(`${IMAGE} of Deployment web is set by kubectl-edit`);
    const release = await apps.release('demo', 'edited', 'web', revision);
    expect(release.status).toMatchObject({
      reason: 'FieldConflict',
      conflicts: [{ kind: 'Deployment', name: 'web', field: IMAGE, manager: 'kubectl-edit' }],
    });
    const image = async () => (await deployment('edited')).spec?.template.spec?.containers[0]?.image;
    expect(await image()).toBe('web:hot-fix');
    await publish('edited', 2, { conflicts: 'leave' });
    await apps.until('demo', 'edited', 'web', 'Deployed', revision + 1);
    expect(await image()).toBe('web:hot-fix');
    await publish('edited', 3, { conflicts: 'take' });
    await apps.until('demo', 'edited', 'web', 'Deployed', revision + 2);
    expect(await image()).toBe('web:3');
  });
});

describe('an object of another', () => {
  it('is refused with its owner, and taken over only when told', async () => {
    const metadata = { name: 'web', namespace: 'adopted' };
    await hosted.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'adopted' } });
    const served = { selector: { app: 'theirs' }, ports: [{ port: 80 }] };
    const theirs = { apiVersion: 'v1', kind: 'Service', metadata, spec: served };
    await hosted.client.create(theirs, { fieldManager: 'their-tool' });
    const versions = { template: { name: 'shop', version: 1 }, config: { name: 'shop', version: 1 } };
    await apps.createInstance('demo', 'adopted', { application: 'shop', namespace: 'adopted', ...versions });
    await apps.publish('demo', 'adopted');
    const { message } = await apps.until('demo', 'adopted', 'web', 'Failed');
    expect(message).toBe('Service web is there already and belongs to their-tool');
    await apps.publish('demo', 'adopted', { adopt: true, conflicts: 'take' });
    await apps.until('demo', 'adopted', 'web', 'Deployed');
    const live = await hosted.client.get(resources.Service, metadata);
    expect(live.spec?.selector).toEqual({ app: 'web' });
  });

  it('one of another instance is named by instance and service', async () => {
    const versions = { template: { name: 'shop', version: 1 }, config: { name: 'shop', version: 1 } };
    await apps.createInstance('demo', 'second', { application: 'shop', namespace: 'adopted', ...versions });
    await apps.publish('demo', 'second');
    const { message } = await apps.until('demo', 'second', 'web', 'Failed');
    expect(message).toMatch(/web is there already and belongs to service web of instance adopted$/);
  });
});
