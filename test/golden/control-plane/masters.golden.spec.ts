/** Every object of the masters, by component, version and plan. What exposure changes in them is in ../exposure. */
import { expect, it } from '@jest/globals';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import { documents, expectGolden } from '../../support/golden.js';
import { mastersInput, planNamed, planNames, specWith, versionNumbers } from '../../support/masters.js';

const cases = versionNumbers.flatMap((version) => planNames.map((plan) => ({ version, plan })));

it.each(cases)('the masters of $version with plan $plan', async ({ version, plan }) => {
  const input = mastersInput({ plan: planNamed(plan) }, specWith({ version, plan }));
  for (const [component, objects] of renderControlPlane(input)) {
    const file = new URL(`${component}/${version}-${plan}.yaml`, import.meta.url);
    await expectGolden(documents(objects), file);
  }
});

it.each(cases)('the API server of $version with plan $plan and a tunnel', async ({ version, plan }) => {
  const spec = specWith({ version, plan, konnectivity: { enabled: true } });
  const objects = renderControlPlane(mastersInput({ plan: planNamed(plan) }, spec)).get('kube-apiserver');
  const file = new URL(`konnectivity/${version}-${plan}.yaml`, import.meta.url);
  await expectGolden(documents(objects ?? []), file);
});

it.each(cases)('without a tunnel the API server of $version asks for none', ({ version, plan }) => {
  const masters = renderControlPlane(mastersInput({ plan: planNamed(plan) }, specWith({ version, plan })));
  const text = JSON.stringify([...masters]);
  expect(text).not.toMatch(/egress-selector|konnectivity/);
});
