/** The pod that puts a snapshot into the volume of one member of etcd. */
import { it } from '@jest/globals';
import { restorePod } from '../../../src/backup/restore-pod.js';
import { documents, expectGolden } from '../../support/golden.js';

it.each([
  ['one-member', ['etcd-0']],
  ['three-members', ['etcd-0', 'etcd-1', 'etcd-2']],
])('the restore of %s', async (name, members) => {
  const pods = members.map((member) =>
    restorePod({
      namespace: 'berth-c-demo',
      operation: 'restore-1',
      members,
      member,
      etcdImage: 'registry.k8s.io/etcd:3.6.16-0',
      transferImage: 'docker.io/library/busybox:1.37.0',
      bytes: 409_632,
      snapshotRevision: 322,
      revision: 1_000_000_322,
    }),
  );
  await expectGolden(documents(pods), new URL(`restore-${name}.yaml`, import.meta.url));
});
