/** What `kubeadm join` finds in a hosted cluster. */
import { it } from '@jest/globals';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { documents, expectGolden } from '../../support/golden.js';
import { joinInput } from '../../support/nodes.js';

it.each(['1.35.4', '1.36.3', '1.37.0'])('the objects for nodes to join a cluster of %s', async (version) => {
  const objects = joinObjects({ ...joinInput, kubernetesVersion: version });
  await expectGolden(documents(objects), new URL(`join-${version}.yaml`, import.meta.url));
});
