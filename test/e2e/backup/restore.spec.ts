/** Backup and restore of a hosted cluster, as an operator does it, with the users' clients watching. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../../src/kube/connection.js';
import { Informers } from '../../../src/kube/informers.js';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Operation } from '../../../src/model/operation.js';
import { CONTAINERD_SOCKET } from '../../../src/local/node/container-runtime.js';
import { Embedded } from '../../support/embedded.js';
import { when } from '../../support/eventually.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

const OBJECTS = 200;
/** What the pods of a restore need, and where it is kept while they shall not have it. */
const IMAGE = 'docker.io/library/busybox:1.37.0';
const ASIDE = 'docker.io/library/busybox:aside';
const IMAGES = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', 'images'];

describe('backup and restore', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let client: KubeClient;
  let informers: Informers;
  let restored: Operation;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'rescue');
    await hosted.ready();
    const kubectl = await hosted.kubectl();
    client = new KubeClient(await connectionFromKubeconfig({ file: kubectl.kubeconfig }));
    informers = new Informers(client);
    for (let i = 0; i < OBJECTS; i++) await client.create(configMap(`before-${i}`));
    await meta.berth('backup', 'create', hosted.name, '--name', 'first', '--wait');
  });

  afterAll(async () => {
    await informers.close();
    await client.close();
    await hosted.delete();
    await meta.close();
  });

  const configMap = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { text: name },
  });
  const masters = async () => {
    const { items } = await meta.client.list(resources.Pod, { namespace: hosted.namespace });
    return items.map(({ metadata }) => metadata.uid ?? '').toSorted();
  };

  /** Snapshots of this cluster in the store of the embedded meta-cluster. */
  async function stored(): Promise<string[]> {
    const directory = join(meta.dir.root, 'backups', hosted.name);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  async function restoreTo(
    backup: string,
    policy: { progressDeadlineSeconds?: number } = {},
  ): Promise<Operation> {
    const body = { backup, confirm: hosted.name, ...policy };
    const { body: asked } = await meta.api<Operation>(`${hosted.path}/restore`, { body });
    const ended = new Set(['Succeeded', 'Failed', 'Superseded']);
    return meta.until(
      berthResources.Operation,
      `${asked.metadata.name} to end`,
      (operations) => {
        const operation = operations.get(asked.metadata);
        return ended.has(operation?.status?.state ?? '') && operation;
      },
      180_000,
    );
  }

  it('a backup says what is in it', async () => {
    const backup = await meta.client.get(berthResources.Backup, {
      namespace: hosted.namespace,
      name: 'first',
    });
    expect(backup.status).toMatchObject({ state: 'Succeeded', kubernetesVersion: '1.36.3' });
    expect(backup.status?.keys).toBeGreaterThan(OBJECTS);
    expect(backup.status?.verifiedAt).toBeDefined();
    expect(await stored()).toHaveLength(1);
  });

  it('a damaged snapshot is refused, and the masters are not touched', async () => {
    await meta.berth('backup', 'create', hosted.name, '--name', 'damaged', '--wait');
    const file = (await stored()).find((path) => path.includes('/damaged.')) ?? '';
    const bytes = await readFile(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const before = await masters();
    const operation = await restoreTo('damaged');
    expect(operation.status).toMatchObject({
      state: 'Failed',
      message: expect.stringContaining('SnapshotCorrupted') as unknown,
    });
    await hosted.ready();
    expect(await masters()).toEqual(before);
  });

  it('a restore whose pods cannot start says why, and is given up in time with the data as it was', async () => {
    await client.create(configMap('kept'));
    await renameImage(IMAGE, ASIDE);
    try {
      const told = untilTold('SendSnapshot', /^(ErrImagePull|ImagePullBackOff)$/);
      const operation = await restoreTo('first', { progressDeadlineSeconds: 30 });
      expect((await told)?.message).toContain('given up at 20');
      expect(operation.status).toMatchObject({
        state: 'Failed',
        message: expect.stringMatching(
          /^RestoreDeadlineExceeded: .*(ErrImagePull|ImagePullBackOff)/,
        ) as unknown,
      });
      await hosted.ready();
    } finally {
      await renameImage(ASIDE, IMAGE);
    }
    expect(await client.find(resources.ConfigMap, { namespace: 'default', name: 'kept' })).toBeDefined();
    const { items } = await meta.client.list(resources.Pod, { namespace: hosted.namespace });
    expect(items.filter(({ metadata }) => metadata.name.endsWith('-restore'))).toEqual([]);
  });

  async function renameImage(from: string, to: string): Promise<void> {
    await meta.onNode('ctr', ...IMAGES, 'tag', '--force', from, to);
    await meta.onNode('ctr', ...IMAGES, 'rm', from);
  }

  /** The step of an operation of this cluster that waits for such a reason. */
  function untilTold(step: string, reason: RegExp) {
    return meta.until(
      berthResources.Operation,
      `${step} to wait for ${reason}`,
      (operations) =>
        operations
          .list(hosted.namespace)
          .flatMap(({ status }) => status?.steps ?? [])
          .find((one) => one.name === step && reason.test(one.reason ?? '')),
      120_000,
    );
  }

  it('a restore brings back what was there, and who watched goes on', async () => {
    const { cache, synced } = informers.informer(resources.ConfigMap, { namespace: 'default' });
    const until = (holds: () => boolean, what: string) =>
      when(holds, (listener) => cache.onChange(listener), what, 120_000);
    await synced;
    await client.delete(resources.ConfigMap, { namespace: 'default', name: 'before-7' });
    await client.create(configMap('after'));
    await until(() => cache.get('default/after') !== undefined, 'the change');

    restored = await restoreTo('first');
    expect(restored.status).toMatchObject({ state: 'Succeeded' });
    await until(() => cache.get('default/after') === undefined, 'the change to be undone');
    await until(() => cache.get('default/before-7') !== undefined, 'what was deleted to be back');
    await client.create(configMap('later'));
    await until(() => cache.get('default/later') !== undefined, 'what is made afterwards');

    const { status } = await hosted.ready();
    expect(status?.restored?.operation).toBe(restored.metadata.name);
  });

  it('what was there before a restore can be had back', async () => {
    const name = `before-${restored.metadata.name}`;
    const before = await meta.client.get(berthResources.Backup, { namespace: hosted.namespace, name });
    expect(before.spec.reason).toBe('BeforeRestore');
    const operation = await restoreTo(name);
    expect(operation.status).toMatchObject({ state: 'Succeeded' });
    expect(await client.find(resources.ConfigMap, { namespace: 'default', name: 'after' })).toBeDefined();
    expect(
      await client.find(resources.ConfigMap, { namespace: 'default', name: 'before-7' }),
    ).toBeUndefined();
  });

  it('a backup that is deleted is gone from the store', async () => {
    await meta.berth('backup', 'delete', hosted.name, 'damaged', '--yes');
    const gone = (backups: { get(ref: { namespace: string; name: string }): unknown }) =>
      backups.get({ namespace: hosted.namespace, name: 'damaged' }) === undefined;
    await meta.until(berthResources.Backup, 'the backup to be gone', gone);
    expect((await stored()).filter((path) => path.includes('/damaged.'))).toEqual([]);
  });
});
