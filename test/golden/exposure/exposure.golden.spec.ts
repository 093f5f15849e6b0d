/** What each type of exposure adds to a cluster: the Service of the API server, and a route. It changes nothing else. */
import { describe, expect, it } from '@jest/globals';
import type { RenderedControlPlane } from '../../../src/control-plane/component.js';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import type { ExposureInput } from '../../../src/exposure/strategy.js';
import { exposureStrategy } from '../../../src/exposure/strategies.js';
import { API_SERVER_SERVICE } from '../../../src/pki/certificates.js';
import { documents, expectGolden } from '../../support/golden.js';
import { mastersInput, planNamed, planNames, specWith, versionNumbers } from '../../support/masters.js';

const config: ExposureInput['config'] = {
  domain: 'berth.example',
  defaultType: 'Gateway',
  gateway: { namespace: 'berth-system', name: 'berth' },
  nodeAddresses: ['192.0.2.10'],
};

const exposures = [
  { type: 'Gateway' as const },
  { type: 'Ingress' as const, ingressClass: 'haproxy' },
  { type: 'Ingress' as const, ingressClass: 'nginx' },
  { type: 'Ingress' as const, ingressClass: 'traefik' },
  { type: 'NodePort' as const },
  { type: 'LoadBalancer' as const },
];
const cases = versionNumbers.flatMap((version) =>
  planNames.flatMap((plan) => [false, true].map((tunnel) => ({ version, plan, tunnel }))),
);

/** The objects of the masters in two parts: the Service of the API server, and all else. */
function split(masters: RenderedControlPlane) {
  const all = [...masters.values()].flat();
  const isEntry = ({ kind, metadata }: (typeof all)[number]) =>
    kind === 'Service' && metadata.name === API_SERVER_SERVICE;
  return { entry: all.filter(isEntry), rest: all.filter((object) => !isEntry(object)) };
}

describe.each(exposures)('exposure by $type $ingressClass', (exposure) => {
  it.each(cases)('of $version with plan $plan, tunnel: $tunnel', async ({ version, plan, tunnel }) => {
    const spec = specWith({ version, plan, exposure, konnectivity: { enabled: tunnel } });
    const input = { cluster: { name: 'demo', namespace: 'berth-c-demo', spec }, config };
    const strategy = exposureStrategy(exposure.type);
    const service = strategy.service(input);
    const { entry, rest } = split(renderControlPlane(mastersInput({ plan: planNamed(plan), service }, spec)));
    const name = [exposure.type, exposure.ingressClass, tunnel && 'tunnel']
      .filter(Boolean)
      .join('-')
      .toLowerCase();
    await expectGolden(
      documents([...entry, ...strategy.objects(input)]),
      new URL(`${name}.yaml`, import.meta.url),
    );
    // As the golden files of the components have it, which are of no exposure.
    const plain = specWith({ version, plan, konnectivity: { enabled: tunnel } });
    expect(rest).toEqual(split(renderControlPlane(mastersInput({ plan: planNamed(plan) }, plain))).rest);
  });
});
