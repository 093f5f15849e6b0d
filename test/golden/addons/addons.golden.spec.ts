/** What Berth keeps on the nodes of a hosted cluster. */
import { expect, it } from '@jest/globals';
import type { AddonSettings } from '../../../src/addons/addon.js';
import { renderAddons } from '../../../src/addons/addons.js';
import { documents, expectGolden } from '../../support/golden.js';
import { joinInput } from '../../support/nodes.js';

/** Everything that can be set. */
const settings: AddonSettings = {
  cni: { backend: 'host-gw', image: 'mirror.example/flannel:v1' },
  coreDNS: { replicas: 1, image: 'mirror.example/coredns:v1', corefile: '.:53 {\n    whoami\n}\n' },
  kubeProxy: {
    image: 'mirror.example/kube-proxy:v1',
    config: { mode: 'nftables', conntrack: { maxPerCore: 0 } },
  },
  metricsServer: { replicas: 2, image: 'mirror.example/metrics-server:v1' },
  patches: [
    {
      target: { kind: 'Deployment', name: 'metrics-server' },
      patch: {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'metrics-server', resources: { requests: { memory: '400Mi' } } }],
            },
          },
        },
      },
    },
  ],
};
const mirror: AddonSettings = { imageRegistry: 'mirror.example:5000/kubernetes' };
const own: AddonSettings = {
  cni: { type: 'none' },
  kubeProxy: { enabled: false },
  metricsServer: { enabled: false },
};

const render = (kubernetesVersion: string, given: AddonSettings) =>
  renderAddons({ ...joinInput, kubernetesVersion, settings: given });

it.each([
  ['1.35.4', {}],
  ['1.36.3', {}],
  ['1.37.0', {}],
  ['1.35.4-with-settings', settings],
  ['1.36.3-with-settings', settings],
  ['1.37.0-with-settings', settings],
  ['1.36.3-mirror', mirror],
])('the addons of %s', async (name, given) => {
  const [version = ''] = name.split('-');
  const addons = render(version, given);
  await expectGolden(documents([...addons.values()].flat()), new URL(`addons-${name}.yaml`, import.meta.url));
});

it('the addons of a cluster with a tunnel', async () => {
  const konnectivity = { server: '10.128.0.2:30444', image: 'registry.k8s.io/proxy-agent:v1' };
  const agent = renderAddons({ ...joinInput, settings: {}, konnectivity }).get('konnectivityAgent') ?? [];
  await expectGolden(documents(agent), new URL('konnectivity-agent.yaml', import.meta.url));
});

it('an addon that is off has no objects', () => {
  expect([...render('1.36.3', own).keys()]).toEqual(['coreDNS']);
});

it('another configuration makes new pods of flannel', () => {
  const digests = [{}, { cni: { backend: 'host-gw' as const } }].map(
    (given) => /config-digest: *"?(\w+)/.exec(documents(render('1.36.3', given).get('cni') ?? []))?.[1],
  );
  expect(new Set(digests).size).toBe(2);
});
