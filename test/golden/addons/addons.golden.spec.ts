/** What Berth keeps on the nodes of a hosted cluster. */
import { expect, it } from '@jest/globals';
import type { AddonSettings } from '../../../src/addons/addon.js';
import { renderAddons } from '../../../src/addons/addons.js';
import { documents, expectGolden } from '../../support/golden.js';
import { joinInput } from '../../support/nodes.js';

const settings: AddonSettings = {
  coreDNS: { replicas: 1, image: 'mirror.example/coredns:v1', corefile: '.:53 {\n    whoami\n}\n' },
  kubeProxy: {
    image: 'mirror.example/kube-proxy:v1',
    config: { mode: 'nftables', conntrack: { maxPerCore: 0 } },
  },
};

it.each([
  ['1.35.4', {}],
  ['1.36.3', {}],
  ['1.37.0', {}],
  ['1.36.3-with-settings', settings],
])('the addons of %s', async (name, given) => {
  const [kubernetesVersion = ''] = name.split('-');
  const addons = renderAddons({ ...joinInput, kubernetesVersion, settings: given });
  await expectGolden(documents([...addons.values()].flat()), new URL(`addons-${name}.yaml`, import.meta.url));
});

it('the addons of a cluster with a tunnel', async () => {
  const konnectivity = { server: '10.128.0.2:30444', image: 'registry.k8s.io/proxy-agent:v1' };
  const agent = renderAddons({ ...joinInput, settings: {}, konnectivity }).get('konnectivityAgent') ?? [];
  await expectGolden(documents(agent), new URL('konnectivity-agent.yaml', import.meta.url));
});

it('an addon that is off has no objects', () => {
  const addons = renderAddons({ ...joinInput, settings: { kubeProxy: { enabled: false } } });
  expect([...addons.keys()]).toEqual(['coreDNS']);
});
