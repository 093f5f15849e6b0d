import { describe, expect, it } from '@jest/globals';
import { clusterSpec } from '../model/cluster.js';
import type { AddonSettings } from './addon.js';
import { addonProblems, renderAddons, versionOf } from './addons.js';

const problemsOf = (addons: AddonSettings) => addonProblems(clusterSpec.parse({ version: '1.36.3', addons }));

describe(addonProblems.name, () => {
  it('has nothing against what is usual', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ cni: { type: 'none' }, imageRegistry: 'mirror.example' })).toEqual([]);
  });

  it('names the objects there are for a patch of one that is not', () => {
    const target = { kind: 'Deployment' as const, name: 'core-dns' };
    expect(problemsOf({ patches: [{ target, patch: {} }] })).toEqual([
      expect.objectContaining({
        path: 'spec.addons.patches[0].target',
        code: 'PatchTargetMissing',
        message: expect.stringContaining('Name one of: coredns, metrics-server.'),
      }),
    ]);
  });

  it('knows no objects of an addon that is off', () => {
    const target = { kind: 'Deployment' as const, name: 'metrics-server' };
    const patches = [{ target, patch: { metadata: { labels: { team: 'a' } } } }];
    expect(problemsOf({ patches })).toEqual([]);
    expect(problemsOf({ patches, metricsServer: { enabled: false } })).toHaveLength(1);
  });

  it('does not let a patch make another object of one', () => {
    const target = { kind: 'Deployment' as const, name: 'coredns' };
    const [problem] = problemsOf({ patches: [{ target, patch: { metadata: { namespace: 'default' } } }] });
    expect(problem).toMatchObject({
      path: 'spec.addons.patches[0].patch.metadata.namespace',
      code: 'PatchRefused',
    });
  });

  it('takes no settings of flannel when flannel is off', () => {
    expect(problemsOf({ cni: { type: 'none', backend: 'vxlan' } })).toMatchObject([
      { path: 'spec.addons.cni' },
    ]);
  });
});

describe(renderAddons.name, () => {
  const { network } = clusterSpec.parse({ version: '1.36.3' });
  const agent = (konnectivity: { server: string; image?: string }, settings: AddonSettings = {}) =>
    JSON.stringify(
      renderAddons({ kubernetesVersion: '1.36.3', server: 'x:1', network, settings, konnectivity }).get(
        'konnectivityAgent',
      ),
    );

  it.each([
    [{ server: 'x:2' }, {}, 'registry.k8s.io/kas-network-proxy/proxy-agent:v'],
    [
      { server: 'x:2' },
      { imageRegistry: 'mirror.example' },
      'mirror.example/kas-network-proxy/proxy-agent:v',
    ],
    [{ server: 'x:2', image: 'agent:1' }, { imageRegistry: 'mirror.example' }, '"image":"agent:1"'],
  ])('takes the agent of a tunnel from %j with %j', (konnectivity, settings, image) => {
    expect(agent(konnectivity, settings)).toContain(image);
  });
});

describe(versionOf.name, () => {
  const coredns = (image: string) => [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'coredns', namespace: 'kube-system' },
      spec: { template: { spec: { containers: [{ image }] } } },
    },
  ];

  it.each([
    ['registry.k8s.io/coredns/coredns:v1.14.7', '1.14.7'],
    ['mirror.example:5000/coredns:1.2', '1.2'],
    ['mirror.example:5000/coredns', undefined],
    ['mirror.example/coredns@sha256:00', undefined],
  ])('reads it from %s', (image, version) => {
    expect(versionOf('coreDNS', coredns(image))).toBe(version);
  });
});
