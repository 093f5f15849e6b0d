import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Problem } from '../../../src/http/problem.js';
import { systemClock } from '../../../src/core/clock.js';
import { createAuthority } from '../../../src/pki/authority.js';
import { systemSource } from '../../../src/pki/keys.js';
import { authoritySecret } from '../../../src/pki/secrets.js';
import { Embedded } from '../../support/embedded.js';
import { accessOf, Hosted } from './hosted.js';
import { Load } from './load.js';

jest.setTimeout(180_000);

describe('what runs', () => {
  let meta: Embedded;
  let hosted: Hosted;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'update', { plan: 'standard' });
    await hosted.ready();
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  it('stays as it is when its plan or its version changes in the catalogue', async () => {
    const before = await hosted.pods();
    const plan = await meta.client.get(berthResources.Plan, { name: 'standard' });
    const version = await meta.client.get(berthResources.ControlPlaneVersion, { name: 'v1.36.3' });
    try {
      await meta.client.patch(berthResources.Plan, plan.metadata, { spec: { apiServer: { replicas: 3 } } });
      const components = { apiServer: { extraArgs: { v: '2' } } };
      await meta.client.patch(berthResources.ControlPlaneVersion, version.metadata, { spec: { components } });
      await hosted.reconciled();
      expect(await hosted.pods()).toEqual(before);
    } finally {
      const { replicas } = plan.spec.apiServer;
      const components = version.spec.components ?? null;
      await meta.client.patch(berthResources.Plan, plan.metadata, { spec: { apiServer: { replicas } } });
      await meta.client.patch(berthResources.ControlPlaneVersion, version.metadata, { spec: { components } });
    }
    await hosted.reconciled();
    expect(await hosted.pods()).toEqual(before);
    expect((await hosted.operations()).map(({ spec }) => spec.type)).toEqual(['Create']);
  });

  it('rolls when its owner changes a flag, and no request fails meanwhile', async () => {
    const [servers, etcd] = await Promise.all([hosted.pods('kube-apiserver'), hosted.pods('etcd')]);
    const load = new Load(await accessOf(await hosted.kubectl()));
    const body = { spec: { apiServer: { extraArgs: { 'max-requests-inflight': '321' } } } };
    const answer = await meta.api<Problem>(hosted.path, { method: 'PATCH', body });
    expect(answer.status).toBe(200);
    await hosted.ready();
    // The old servers go on for a while after their successors are there.
    await hosted.replaced('kube-apiserver', servers, { timeoutMs: 60_000 });
    const { sent, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(400);
    expect(await hosted.pods('etcd')).toEqual(etcd);
    const args = await meta.kubectl.run(
      '-n',
      hosted.namespace,
      'get',
      'deployment',
      'kube-apiserver',
      '-o',
      'jsonpath={..args}',
    );
    expect(args).toContain('--max-requests-inflight=321');
  });

  it('rolls where an authority is read only once, when a person replaced that authority', async () => {
    const kubectl = await hosted.kubectl();
    await kubectl.run('create', 'configmap', 'precious', '--from-literal=a=b');
    const [etcd, servers, ...others] = await mastersPods();
    await replaceAuthority('etcd-ca');
    await Promise.all([
      hosted.replaced('etcd', etcd ?? []),
      hosted.replaced('kube-apiserver', servers ?? []),
    ]);
    await hosted.ready();
    expect((await mastersPods()).slice(2)).toEqual(others);
    await expect(kubectl.run('get', 'configmap', 'precious', '-o', 'jsonpath={.data.a}')).resolves.toBe('b');
  });

  const mastersPods = () =>
    Promise.all(
      ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((component) =>
        hosted.pods(component),
      ),
    );

  /** Another authority under the same name, and the record of the old one gone: what a person does knowingly. */
  async function replaceAuthority(name: string): Promise<void> {
    const ref = { namespace: hosted.namespace, name };
    const { data } = authoritySecret('etcd-ca', await createAuthority(name, systemSource(systemClock)));
    const thaw = await meta.freezeService();
    try {
      await meta.client.patch(resources.Secret, ref, { metadata: { finalizers: null } });
      await meta.client.delete(resources.Secret, ref);
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: ref, type: 'kubernetes.io/tls' };
      await meta.kubectl.apply({ ...secret, stringData: data });
      const status = { authorities: { [name]: null } };
      await meta.client.patch(berthResources.Cluster, hosted, { status }, { subresource: 'status' });
    } finally {
      thaw();
    }
  }

  it('is a record of its own: an Update with steps that ended', async () => {
    const operations = await hosted.operations();
    const update = operations.find(({ spec }) => spec.type === 'Update');
    expect(operations).toHaveLength(2);
    expect(update).toMatchObject({
      spec: { cause: { user: 'admin', generation: 2 } },
      status: { state: 'Succeeded' },
    });
    expect(update?.status?.steps.map(({ name, state }) => `${name} ${state}`)).toContain(
      'StartAPIServer Done',
    );
    const revisions = await meta.kubectl.run(
      '-n',
      hosted.namespace,
      'get',
      'controllerrevisions',
      '-o',
      'name',
    );
    expect(revisions.match(/masters-/g)).toHaveLength(2);
  });
});
