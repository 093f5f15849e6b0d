import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/logging.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { resources } from '../../../src/kube/resources.js';
import { PROVISIONER, volumeName } from '../../../src/local/volumes/persistent-volume.js';
import { VolumeProvisioner } from '../../../src/local/volumes/provisioner.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

let directory: string;
let server: TestApiServer;
let client: KubeClient;
let provisioner: VolumeProvisioner;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-volumes-'));
  server = await startKubeApiServer();
  client = await server.client();
  await client.create({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'ours' },
    provisioner: PROVISIONER,
  });
  provisioner = new VolumeProvisioner({ client, directory, node: 'meta', logger: silentLogger });
  await provisioner.start();
}, 90_000);

afterAll(async () => {
  await provisioner?.stop();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('volumes of the embedded meta-cluster', () => {
  it('come after their claim says that it is bound: a pod that sees the volume sees the phase', async () => {
    const watch = client.watch(resources.PersistentVolume, { resourceVersion: '0' });
    const claim = await client.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'default' },
      spec: {
        storageClassName: 'ours',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    });
    for await (const { object: volume } of watch) {
      if (volume.metadata.name !== volumeName(claim)) continue;
      const { metadata, status } = await client.get(resources.PersistentVolumeClaim, claim.metadata);
      expect(status).toMatchObject({
        phase: 'Bound',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
      });
      // Of one etcd, so the numbers tell which write came first.
      expect(Number(metadata.resourceVersion)).toBeLessThan(Number(volume.metadata.resourceVersion));
      expect(await readdir(directory)).toEqual([volume.metadata.name]);
      break;
    }
  });
});
