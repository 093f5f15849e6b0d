/** Every object of the masters, by component, version and plan. What exposure changes in them is in ../exposure. */
import { it } from '@jest/globals';
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
