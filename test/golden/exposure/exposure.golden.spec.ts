/** What each type of exposure adds to a cluster: the Service of the API server, and a route. */
import { it } from '@jest/globals';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import type { ExposureInput } from '../../../src/exposure/strategy.js';
import { exposureStrategy } from '../../../src/exposure/strategies.js';
import { documents, expectGolden } from '../../support/golden.js';
import { mastersInput, specWith } from '../../support/masters.js';

const config: ExposureInput['config'] = {
  domain: 'berth.example',
  defaultType: 'Gateway',
  gateway: { namespace: 'berth-system', name: 'berth' },
  nodeAddresses: ['192.0.2.10'],
};

it.each([
  { type: 'Gateway' as const },
  { type: 'Ingress' as const, ingressClass: 'haproxy' },
  { type: 'Ingress' as const, ingressClass: 'nginx' },
  { type: 'Ingress' as const, ingressClass: 'traefik' },
  { type: 'NodePort' as const },
  { type: 'LoadBalancer' as const },
])('exposure by $type $ingressClass', async (exposure) => {
  const spec = specWith({ exposure });
  const input = { cluster: { name: 'demo', namespace: 'berth-c-demo', spec }, config };
  const strategy = exposureStrategy(exposure.type);
  const masters = renderControlPlane(mastersInput({ service: strategy.service(input) }, spec));
  const services = (masters.get('kube-apiserver') ?? []).filter(({ kind }) => kind === 'Service');
  const name = [exposure.type, exposure.ingressClass].filter(Boolean).join('-').toLowerCase();
  await expectGolden(
    documents([...services, ...strategy.objects(input)]),
    new URL(`${name}.yaml`, import.meta.url),
  );
});
