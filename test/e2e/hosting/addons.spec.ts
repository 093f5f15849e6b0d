/** What Berth keeps on the nodes of a cluster is acted on when it is set or damaged, before there are any nodes. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { controllerRevision, revisionOf } from '../../../src/clusters/pinning.js';
import { withLabels } from '../../../src/clusters/scope.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { findCondition } from '../../../src/model/conditions.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from './hosted.js';

jest.setTimeout(300_000);

const BACK_MS = 10_000;
const FLANNEL = ['-n', 'kube-system', 'daemonset/kube-flannel-ds'] as const;

let meta: Embedded;
let hosted: Hosted;
let kubectl: Kubectl;

beforeAll(async () => {
  meta = await Embedded.open();
  hosted = await Hosted.create(meta, 'addons');
  await hosted.ready();
  kubectl = await hosted.kubectl();
});
afterAll(async () => {
  await hosted?.requestDeletion();
  await meta?.close();
});

const conditionOf = async (type: string) => findCondition((await hosted.status()).conditions, type);
const patchAddons = (addons: object) =>
  meta.api<{ errors?: { path: string }[] }>(hosted.path, { method: 'PATCH', body: { spec: { addons } } });
const isThere = async (...object: string[]) => (await kubectl.try('get', ...object)).code === 0;

describe('before any machine has joined', () => {
  it('says that there are no nodes yet, and discovery is whole', async () => {
    expect(await conditionOf('AddonsReady')).toMatchObject({ status: 'Unknown', reason: 'NoNodes' });
    const { code, stderr } = await kubectl.try('api-resources');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('what is deleted by hand comes back', async () => {
    const uid = async () => (await kubectl.json('get', ...FLANNEL)).metadata.uid;
    const before = await uid();
    await kubectl.run('delete', ...FLANNEL, '--wait=false');
    const isBack = async () => (await isThere(...FLANNEL)) && (await uid()) !== before;
    await eventually(isBack, 'flannel to be back', BACK_MS);
  });

  it('an addon that is switched off goes, and comes when it is switched on', async () => {
    await patchAddons({ metricsServer: { enabled: false } });
    const server = ['-n', 'kube-system', 'deployment/metrics-server'];
    await eventually(async () => !(await isThere(...server)), 'metrics-server to go', BACK_MS);
    await patchAddons({ metricsServer: null });
    await eventually(() => isThere(...server), 'metrics-server to come', BACK_MS);
  });

  it('the addons of a running cluster stay as another Berth pinned them', async () => {
    await hosted.ready();
    const thaw = await meta.freezeService();
    await pinAsAnother('lameduck 5s', 'lameduck 4s').finally(thaw);
    const corefile = () => kubectl.run('get', '-n=kube-system', 'configmap/coredns', '-o=yaml');
    await eventually(async () => (await corefile()).includes('lameduck 4s'), 'what is pinned', BACK_MS);
    await kubectl.run('delete', '-n=kube-system', 'configmap/coredns');
    await eventually(() => isThere('-n=kube-system', 'configmap/coredns'), 'the repair', BACK_MS);
    expect(await corefile()).toContain('lameduck 4s');
  });

  it('refuses a patch of nothing, and changes nothing', async () => {
    const target = { kind: 'Deployment', name: 'nothing' };
    const answer = await patchAddons({ patches: [{ target, patch: {} }] });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'spec.addons.patches[0].target' }] },
    });
  });

  it('says of NetworkPolicies that nobody enforces them, at once and in the status', async () => {
    expect(await conditionOf('NetworkPoliciesEnforced')).toMatchObject({
      status: 'True',
      reason: 'NoPolicies',
    });
    const { stderr } = await kubectl.tryApply(DENY_ALL);
    expect(stderr).toMatch(/^Warning: .* flannel, which enforces no NetworkPolicies/);
    await hosted.condition('NetworkPoliciesEnforced', 'False');
    expect(await conditionOf('NetworkPoliciesEnforced')).toMatchObject({
      reason: 'NotEnforced',
      message: expect.stringContaining('default/deny-all'),
    });
  });
});

/** Leaves the cluster as a Berth would that renders other addons of the same settings. */
async function pinAsAnother(ours: string, others: string): Promise<void> {
  const { namespace } = hosted;
  const cluster = await hosted.get();
  const name = cluster.status?.pinnedAddons?.revision ?? '';
  const { data, revision } = await meta.client.get(controllerRevision, { namespace, name });
  const text = JSON.stringify(data.addons).replaceAll(ours, others);
  const rendered = new Map(JSON.parse(text) as [string, KubeObject[]][]);
  const pinned = revisionOf('addons', rendered, { namespace, number: revision + 1 });
  await meta.client.create(withLabels(pinned, cluster));
  const status = { pinnedAddons: { revision: pinned.metadata.name } };
  await meta.client.patch(berthResources.Cluster, hosted, { status }, { subresource: 'status' });
}

const DENY_ALL = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all', namespace: 'default' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};
