import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Problem } from '../../../src/http/problem.js';
import { resources } from '../../../src/kube/resources.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { accessOf, Hosted } from './hosted.js';
import { Load } from './load.js';

jest.setTimeout(300_000);

const OUTAGE_MS = 60_000;
const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const ASIDE = '/etc/kubernetes/kube-apiserver.yaml.aside';

describe('the API server of the meta-cluster away for a minute', () => {
  let meta: Embedded;
  let serving: Hosted;
  let interrupted: Hosted;

  beforeAll(async () => {
    meta = await Embedded.open();
    serving = await Hosted.create(meta, 'serving');
    await serving.ready();
  });

  afterAll(async () => {
    await Promise.all([serving.requestDeletion(), interrupted.requestDeletion()]);
    await meta.close();
  });

  const isUp = async () =>
    (await meta.kubectl.try('get', '--raw', '/readyz', '--request-timeout=2s')).code === 0;

  it('lets hosted clusters serve on, and the service live and say what is wrong', async () => {
    const pid = await meta.servicePid();
    const access = await accessOf(await serving.kubectl());
    interrupted = await Hosted.create(meta, 'interrupted');
    const inNamespace = { namespace: interrupted.namespace, name: 'etcd' };
    await meta.until(resources.StatefulSet, 'the work on a new cluster to begin', (sets) =>
      sets.get(inNamespace),
    );
    try {
      await meta.onNode('mv', MANIFEST, ASIDE);
      await eventually(async () => !(await isUp()), 'the meta-cluster to be away');
      const load = new Load(access);
      await sleep(OUTAGE_MS);
      const { sent, failures } = await load.stop();
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(OUTAGE_MS / 50);
      expect((await fetch(new URL('/livez', meta.service))).status).toBe(200);
      expect((await fetch(new URL('/readyz', meta.service))).status).toBe(503);
      const body = { metadata: { name: 'too-early' }, spec: { version: '1.36.3' } };
      const refused = await meta.api<Problem>('/api/v1/clusters', { body });
      expect(refused).toMatchObject({
        status: 503,
        body: { code: expect.any(String), next: expect.any(String) },
      });
    } finally {
      await meta.onNode('mv', ASIDE, MANIFEST);
    }
    await eventually(isUp, 'the meta-cluster to be back');
    expect(await meta.servicePid()).toBe(pid);
  });

  it('is over without anybody doing anything: work goes on where it was', async () => {
    await eventually(() => meta.isServing(), 'the service to be ready');
    await interrupted.ready();
    const operations = await interrupted.operations();
    expect(operations.map(({ spec, status }) => `${spec.type} ${status?.state}`)).toEqual([
      'Create Succeeded',
    ]);
    const kubectl = await interrupted.kubectl();
    await expect(kubectl.run('get', 'namespaces', '-o', 'name')).resolves.toMatch(/namespace\/default/);
    expect(await serving.isReady()).toBe(true);
  });
});
