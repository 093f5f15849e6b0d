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
/** By themselves, kube-controller-manager and kube-scheduler end when they cannot renew their lease for 10 s. */
const STALL_MS = 13_000;
const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const ASIDE = '/etc/kubernetes/kube-apiserver.yaml.aside';

describe('an outage', () => {
  let meta: Embedded;
  let serving: Hosted;
  let interrupted: Hosted;
  let before: string;

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
  /** How often each container of some pods was started again. */
  const restarts = (namespace: string, selector: string) => {
    const columns = 'custom-columns=POD:.metadata.name,RESTARTS:.status.containerStatuses[*].restartCount';
    return meta.kubectl.run('-n', namespace, 'get', 'pods', '-l', selector, '-o', columns);
  };
  const ofMeta = () => restarts('kube-system', 'component in (kube-controller-manager,kube-scheduler)');

  it('of the API server of the meta-cluster for a minute lets hosted clusters serve on, and the service say what is wrong', async () => {
    const pid = await meta.servicePid();
    before = await ofMeta();
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

  it('of it is over without anybody doing anything: work goes on where it was, and nothing started again', async () => {
    await eventually(() => meta.isServing(), 'the service to be ready');
    await interrupted.ready();
    const operations = await interrupted.operations();
    expect(operations.map(({ spec, status }) => `${spec.type} ${status?.state}`)).toEqual([
      'Create Succeeded',
    ]);
    const kubectl = await interrupted.kubectl();
    await expect(kubectl.run('get', 'namespaces', '-o', 'name')).resolves.toMatch(/namespace\/default/);
    expect(await serving.isReady()).toBe(true);
    expect(before).toMatch(/kube-controller-manager-meta +\d.*kube-scheduler-meta +\d/s);
    expect(await ofMeta()).toBe(before);
  });

  it('of the etcd of a cluster for some seconds ends none of its masters, and controllers go on', async () => {
    const masters = () => restarts(serving.namespace, 'app.kubernetes.io/managed-by=berth');
    const unharmed = await masters();
    const etcd = (signal: string) => meta.onNode('pkill', signal, '-f', `^etcd .*${serving.namespace}`);
    try {
      await etcd('-STOP');
      await sleep(STALL_MS);
    } finally {
      await etcd('-CONT');
    }
    const kubectl = await serving.kubectl();
    const create = ['create', 'deployment', 'after', '--image=nowhere.invalid/after'];
    await eventually(async () => (await kubectl.try(...create)).code === 0, 'the API to take writes');
    await kubectl.run('wait', 'deployment/after', '--for=jsonpath={.status.replicas}=1', '--timeout=30s');
    expect(await masters()).toBe(unharmed);
  });
});
