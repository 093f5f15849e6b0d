import { describe, expect, it } from '@jest/globals';
import { clusterSpec } from '../model/cluster.js';
import type { ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import { obstacles, type UpgradeFacts, type UpgradeQuestion } from './gates.js';

const NOW = new Date('2026-11-21T12:00:00Z');

function version(
  kubernetesVersion: string,
  more: Partial<ControlPlaneVersionSpec> = {},
): ControlPlaneVersionSpec {
  const images = { etcd: 'e', kubeApiserver: 'a', kubeControllerManager: 'c', kubeScheduler: 's' };
  return { kubernetesVersion, channel: 'supported', etcdVersion: '3.6.16', images, ...more };
}

const healthy: UpgradeFacts = {
  nodes: [{ name: 'one', kubeletVersion: '1.36.3' }],
  deprecatedRequests: [],
  deadWebhooks: [],
  blockingBudgets: [],
  objectsOf: {},
  store: { size: 20 * 1024 ** 2, quota: 2048 * 1024 ** 2 },
  certificates: [{ name: 'kube-apiserver', notAfter: '2027-11-21T12:00:00Z' }],
  unfinishedOperation: undefined,
};

function shut(facts: Partial<UpgradeFacts>, question: Partial<UpgradeQuestion> = {}): string[] {
  const asked: UpgradeQuestion = {
    from: version('1.36.3'),
    to: version('1.37.0'),
    spec: clusterSpec.parse({ version: '1.36.3' }),
    now: NOW,
    ...question,
    facts: { ...healthy, ...facts },
  };
  return obstacles(asked).map(({ gate, message }) => `${gate}: ${message}`);
}

describe('the gates before a change of version', () => {
  it('are open for a healthy cluster', () => {
    expect(shut({})).toEqual([]);
  });

  it.each([
    ['1.33.1', '1.36.3', '1.37.0', /more than 3 minors older/],
    ['1.36.3', '1.36.3', '1.35.4', /newer than the masters would be/],
  ])('shut for a kubelet of %s when masters go from %s to %s', (kubeletVersion, from, to, why) => {
    const nodes = [{ name: 'one', kubeletVersion }];
    const found = shut({ nodes }, { from: version(from), to: version(to) });
    expect(found).toEqual([expect.stringMatching(why)]);
    expect(found[0]).toMatch(/^NodeSkew: node one/);
  });

  it('shut for APIs in use that the new version drops, not for those that it still serves', () => {
    const deprecatedRequests = [
      { resource: 'servicecidrs.v1beta1.networking.k8s.io', removedRelease: '1.37' },
      { resource: 'endpoints.v1', removedRelease: '1.40' },
    ];
    expect(shut({ deprecatedRequests })).toEqual([expect.stringMatching(/^RemovedAPIInUse: servicecidrs/)]);
  });

  it('shut for flags and feature gates that the new version no longer knows', () => {
    const to = version('1.37.0', {
      changesSinceLastMinor: {
        removedFlags: { controllerManager: ['concurrent-service-syncs'] },
        removedFeatureGates: ['SidecarContainers'],
      },
    });
    const spec = clusterSpec.parse({
      version: '1.36.3',
      apiServer: { extraArgs: { 'feature-gates': 'Kept=true, SidecarContainers=true', v: '2' } },
      controllerManager: { extraArgs: { 'concurrent-service-syncs': '3' } },
    });
    expect(shut({}, { to, spec })).toEqual([
      expect.stringMatching(/^FlagRemoved: spec.controllerManager.extraArgs.concurrent-service-syncs/),
      expect.stringMatching(/^FeatureGateRemoved: spec.apiServer.*SidecarContainers/),
    ]);
  });

  it('shut for webhooks that nobody serves and budgets that never let a pod go', () => {
    expect(shut({ deadWebhooks: ['deny.example.com'], blockingBudgets: ['shop/db'] })).toEqual([
      expect.stringMatching(/^WebhookWithoutEndpoint: webhook deny.example.com/),
      expect.stringMatching(/^DisruptionBudgetBlocks: PodDisruptionBudget shop\/db/),
    ]);
  });

  it('shut for certificates near their end, a store nearly full, an operation that is not over', () => {
    const found = shut({
      certificates: [{ name: 'etcd-server', notAfter: '2026-11-25T00:00:00Z' }],
      store: { size: 1900 * 1024 ** 2, quota: 2048 * 1024 ** 2 },
      unfinishedOperation: 'update-4',
    });
    expect(found.map((text) => text.split(':', 1)[0])).toEqual([
      'OperationUnfinished',
      'CertificateExpiring',
      'StoreNearlyFull',
    ]);
  });

  it('shut on the way down for objects of kinds that the older minor does not know', () => {
    const from = version('1.37.0', {
      changesSinceLastMinor: { addedResources: ['storageversionmigrations.v1.storagemigration.k8s.io'] },
    });
    const facts = { objectsOf: { 'storageversionmigrations.v1.storagemigration.k8s.io': 2 }, nodes: [] };
    expect(shut(facts, { from, to: version('1.36.3') })).toEqual([
      expect.stringMatching(/^NewerObjectsStored: 2 objects/),
    ]);
    expect(shut({ nodes: [] }, { from, to: version('1.36.3') })).toEqual([]);
  });
});
