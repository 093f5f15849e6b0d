/** What people paste to make a machine a node. */
import { it } from '@jest/globals';
import { joinInstructions } from '../../../src/nodes/join-instructions.js';
import { documents, expectGolden } from '../../support/golden.js';
import { joinAccess } from '../../support/nodes.js';

const grant = {
  labels: { disk: 'ssd', 'node.kubernetes.io/pool': 'fast' },
  taints: [
    { key: 'gpu', value: 'yes', effect: 'NoSchedule' as const },
    { key: 'own', effect: 'NoExecute' as const },
  ],
};

it.each([
  ['plain', {}],
  ['labels-and-taints', grant],
])('the ways to join with a %s token', async (name, given) => {
  const { cloudInit: _wholeScript, ...commands } = joinInstructions(
    { ...joinAccess, ...given },
    'https://berth.example/api/v1/clusters/demo/join-script',
  );
  await expectGolden(documents([commands]), new URL(`instructions-${name}.yaml`, import.meta.url));
});
