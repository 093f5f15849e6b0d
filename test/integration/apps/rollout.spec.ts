/** Rollouts over two hosted API servers, and releases of a service that is killed in the middle. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { causeOf, draftRevisions } from '../../../src/apps/revisions.js';
import { API_VERSION, clusterNamespace, labels, tenantNamespace } from '../../../src/model/names.js';
import { berthResources } from '../../../src/model/kinds.js';
import { resources } from '../../../src/kube/resources.js';
import { type Rollout, rolloutSpec } from '../../../src/model/rollout.js';
import type { TemplateContent } from '../../../src/model/template.js';
import { required, TestApps, TestHosted } from '../../support/apps.js';
import { eventually } from '../../support/eventually.js';

jest.setTimeout(120_000);

const MAP = `
apiVersion: v1
kind: ConfigMap
metadata: { name: one }
data: { mode: {{ .Values.mode | quote }} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: two-{{ .Values.mode }} }
`;
const template: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: maps\nversion: 1.0.0\n' },
    { path: 'templates/maps.yaml', text: MAP },
  ],
  services: [{ name: 'maps', dependsOn: [], templates: ['templates/maps.yaml'] }],
};
const COUNT = 4;
const clusters = ['one', 'two'];
const namespace = tenantNamespace('default');
let apps: TestApps;
let hosted: TestHosted[];

beforeAll(async () => {
  [apps, ...hosted] = (await Promise.all([TestApps.start(), TestHosted.start(), TestHosted.start()])) as [
    TestApps,
    ...TestHosted[],
  ];
  apps.versions.templates.push(template);
  for (const mode of ['a', 'b', 'c']) {
    apps.versions.configs.push([{ name: 'mode', type: 'string', value: mode }]);
  }
  await apps.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const [i, cluster] of clusters.entries()) {
    await apps.addCluster(cluster, required(hosted[i]));
    for (let n = 0; n < COUNT; n++) {
      await apps.createInstance(cluster, `i${n}`, {
        application: 'maps',
        namespace: `maps-${n}`,
        template: { name: 'maps', version: 1 },
        config: { name: 'maps', version: 1 },
      });
    }
  }
  await apps.startReconcilers();
}, 180_000);
afterAll(async () => {
  await apps?.stop();
  await Promise.all((hosted ?? []).map((one) => one.stop()));
});

const targets = clusters.flatMap((cluster) =>
  Array.from({ length: COUNT }, (_, n) => ({ cluster, instance: `i${n}` })),
);

async function start(name: string, more: object): Promise<void> {
  const spec = rolloutSpec.parse({ targets, cause: { user: 'anna' }, strategy: { maxInFlight: 3 }, ...more });
  await apps.client.create({ apiVersion: API_VERSION, kind: 'Rollout', metadata: { name, namespace }, spec });
}

async function untilPhase(name: string, phase: string): Promise<Rollout> {
  let last: Rollout | undefined;
  const holds = async () => {
    last = await apps.client.get(berthResources.Rollout, { namespace, name });
    return last.status?.phase === phase;
  };
  await eventually(holds, `${name} to be ${phase}`, 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}, but: ${JSON.stringify(last?.status)}`);
  });
  return required(last);
}

/** The maps of every instance, which an inventory has to equal. */
async function mapsIn(index: number): Promise<string[]> {
  const scope = { labelSelector: labels.instance };
  const { items } = await required(hosted[index]).client.list(resources.ConfigMap, scope);
  return items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
}

const expected = (mode: string) =>
  Array.from({ length: COUNT }, (_, n) => [`maps-${n}/one`, `maps-${n}/two-${mode}`]).flat();

it('publishes to every instance of every cluster', async () => {
  await start('first', {});
  const { status } = await untilPhase('first', 'Succeeded');
  expect(status).toMatchObject({ progress: '8/8', failed: 0 });
  expect(await mapsIn(0)).toEqual(expected('a'));
  expect(await mapsIn(1)).toEqual(expected('a'));
});

it('a second one has nothing to do', async () => {
  await start('again', {});
  const { status } = await untilPhase('again', 'Succeeded');
  expect(new Set(status?.targets.map(({ phase }) => phase))).toEqual(new Set(['Unchanged']));
});

it('moves instances to another config, and rolls all of them back', async () => {
  await start('second', { configVersion: 2 });
  await untilPhase('second', 'Succeeded');
  expect(await mapsIn(1)).toEqual(expected('b'));
  const moved = await apps.client.get(berthResources.Instance, {
    namespace: clusterNamespace(required(clusters[0])),
    name: 'i0',
  });
  const causes = (await draftRevisions.list(apps.client, moved)).map(causeOf);
  expect(causes.at(-1)).toEqual({ user: 'anna', reason: 'rollout second' });
  const ref = { namespace, name: 'second' };
  await apps.client.patch(berthResources.Rollout, ref, { spec: { command: 'RollBack' } });
  await untilPhase('second', 'RolledBack');
  const back = await apps.client.get(berthResources.Instance, moved.metadata);
  expect(back.spec.config?.version).toBe(1);
  expect((await draftRevisions.list(apps.client, back)).map(causeOf).at(-1)).toEqual({
    user: 'anna',
    reason: 'rollout second is rolled back',
  });
  expect(await mapsIn(0)).toEqual(expected('a'));
  expect(await mapsIn(1)).toEqual(expected('a'));
});

it('stops after a failure, and begins no more', async () => {
  await start('wrong', { configVersion: 9, strategy: { maxInFlight: 1, stopAfterFailures: 1 } });
  const { status } = await untilPhase('wrong', 'Stopped');
  const phases = status?.targets.map(({ phase }) => phase) ?? [];
  expect(phases.filter((phase) => phase === 'Failed')).toHaveLength(1);
  expect(phases.filter((phase) => phase === 'Pending')).toHaveLength(7);
});

it('one that cannot go back does not keep the others from it', async () => {
  await start('third', { configVersion: 3, strategy: { maxInFlight: 1 } });
  await untilPhase('third', 'Succeeded');
  // Somebody else's now: the release of before is refused.
  const foreign = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two-a', namespace: 'maps-0' } };
  await required(hosted[0]).client.create(foreign);
  await apps.client.patch(
    berthResources.Rollout,
    { namespace, name: 'third' },
    { spec: { command: 'RollBack' } },
  );
  const { status } = await untilPhase('third', 'RolledBack');
  const [stuck, ...others] = status?.targets ?? [];
  expect(stuck).toMatchObject({
    phase: 'Failed',
    message: expect.stringMatching(/^not taken back: .*two-a/),
  });
  expect(new Set(others.map(({ phase }) => phase))).toEqual(new Set(['RolledBack']));
});
