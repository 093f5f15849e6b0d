import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VersionChange } from '../../../src/http/clusters/upgrade-schemas.js';
import type { Problem } from '../../../src/http/problem.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(240_000);

/** Everything here runs at 1.36.3, which knows it, and is gone in 1.37.0. */
const OLD_FASHIONED = {
  apiServer: {
    extraArgs: {
      'feature-gates': 'SidecarContainers=true',
      'runtime-config': 'networking.k8s.io/v1beta1=true',
    },
  },
  controllerManager: { extraArgs: { 'concurrent-service-syncs': '2' } },
};

const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'nobody' },
  webhooks: [
    {
      name: 'nobody.example.com',
      clientConfig: { service: { namespace: 'default', name: 'nobody' } },
      rules: [
        { apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] },
      ],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
};

const BUDGET = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'all-or-nothing' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'single' } } },
};
const SINGLE = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'single' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'single' } },
    template: { metadata: { labels: { app: 'single' } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
};

describe('the gates of an upgrade', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'gates', OLD_FASHIONED);
    await hosted.ready();
    kubectl = await hosted.kubectl();
  });

  afterAll(async () => {
    await hosted.delete();
    await meta.close();
  });

  /** The gates that are shut on the way to a version. */
  async function shut(version = '1.37.0'): Promise<string[]> {
    const body = { version, dryRun: true };
    const answer = await meta.api<VersionChange>(`${hosted.path}/upgrade`, { body });
    expect(answer.status).toBe(200);
    return [...new Set(answer.body.obstacles.map(({ gate }) => gate))];
  }

  it('shut for flags and feature gates that the new version does not know', async () => {
    expect(await shut()).toEqual(['FlagRemoved', 'FeatureGateRemoved']);
  });

  it('shut for a node that the new masters would leave behind', async () => {
    await kubectl.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'aged' } });
    const status = { nodeInfo: { kubeletVersion: 'v1.33.9' } };
    await kubectl.run('patch', 'node', 'aged', '--subresource=status', '-p', JSON.stringify({ status }));
    expect(await shut()).toContain('NodeSkew');
    await kubectl.run('delete', 'node', 'aged');
    expect(await shut()).not.toContain('NodeSkew');
  });

  it('shut for a webhook that refuses and that nobody serves', async () => {
    await kubectl.apply(WEBHOOK);
    expect(await shut()).toContain('WebhookWithoutEndpoint');
    await kubectl.run('delete', 'validatingwebhookconfiguration', 'nobody');
  });

  it('shut for a budget that never lets its pod go', async () => {
    await kubectl.apply(SINGLE);
    await kubectl.apply(BUDGET);
    const podName = async () => (await kubectl.run('get', 'pods', '-l', 'app=single', '-o', 'name')).trim();
    await eventually(async () => (await podName()) !== '', 'the pod to be made');
    const pod = await podName();
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = JSON.stringify({ status: { phase: 'Running', conditions } });
    await kubectl.run('patch', pod, '--subresource=status', '-p', status);
    await eventually(
      async () => (await shut()).includes('DisruptionBudgetBlocks'),
      'the budget to be counted',
    );
    await kubectl.run('delete', 'pdb,replicaset', '--all');
  });

  it('shut for an API that is still asked for and gone in the new version', async () => {
    await kubectl.run('get', '--raw', '/apis/networking.k8s.io/v1beta1/servicecidrs');
    expect(await shut()).toContain('RemovedAPIInUse');
  });

  it('refuse with every reason and a next step, and change nothing', async () => {
    const { status, body } = await meta.api<Problem>(`${hosted.path}/upgrade`, {
      body: { version: '1.37.0' },
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'UpgradeRefused' });
    expect(body.errors?.map(({ code }) => code)).toEqual([
      'RemovedAPIInUse',
      'FlagRemoved',
      'FeatureGateRemoved',
    ]);
    expect((await hosted.get()).spec.version).toBe('1.36.3');
  });

  it('hold up what was asked for with kubectl as well, and say so; the cluster stays ready', async () => {
    const spec = JSON.stringify({ spec: { version: '1.37.0' } });
    await meta.kubectl.run('-n', hosted.namespace, 'patch', 'cluster', 'gates', '--type=merge', '-p', spec);
    const held = await hosted.condition('VersionReached', 'False');
    const told = held.status?.conditions?.find(({ type }) => type === 'VersionReached');
    expect(told).toMatchObject({
      reason: 'RemovedAPIInUse',
      message: expect.stringContaining('concurrent-service-syncs'),
    });
    await hosted.ready();
    const { status, body } = await meta.api<Problem>(`${hosted.path}/rollback`, {
      body: { version: '1.36.3' },
    });
    expect([status, body]).toEqual([202, expect.anything()]);
    await hosted.condition('VersionReached', 'True');
  });
});
