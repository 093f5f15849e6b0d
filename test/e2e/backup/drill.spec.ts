/** What a backup is good for, seen without touching the cluster it is of: a copy, and a drill. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../../src/kube/connection.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace, labels } from '../../../src/model/names.js';
import type { Operation } from '../../../src/model/operation.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

describe('a backup in another cluster', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;
  let copy: Hosted | undefined;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'origin');
    await hosted.ready();
    kubectl = await hosted.kubectl();
    await kubectl.run('create', 'secret', 'generic', 'kept', '--from-literal=word=open-sesame');
    await kubectl.run('create', 'serviceaccount', 'robot');
    await meta.berth('backup', 'create', hosted.name, '--name', 'first', '--wait');
    await kubectl.run('create', 'configmap', 'later');
  });

  afterAll(async () => {
    await copy?.requestDeletion();
    await hosted.requestDeletion();
    await meta.close();
  });

  async function pods(): Promise<string[]> {
    const { items } = await meta.client.list(resources.Pod, { namespace: hosted.namespace });
    return items.map(({ metadata }) => metadata.uid ?? '').toSorted();
  }

  async function scratchNamespaces(): Promise<string[]> {
    const { items } = await meta.client.list(resources.Namespace, { labelSelector: labels.drill });
    return items.map(({ metadata }) => metadata.name);
  }

  /** Whether a cluster takes a token for one of its own. */
  async function isKnown({ kubeconfig }: Kubectl, token: string): Promise<boolean> {
    const client = new KubeClient(await connectionFromKubeconfig({ file: kubeconfig }));
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: { name: '' },
      spec: { token },
    };
    const { status } = await client.create<KubeObject & { status?: { authenticated?: boolean } }>(review);
    await client.close();
    return status?.authenticated === true;
  }

  it('restores into a new cluster; the first one stays as it is', async () => {
    const before = await pods();
    const told = await meta.berth('cluster', 'restore', hosted.name, '--into', 'origin-copy', '--wait');
    expect(told).toContain('Succeeded');
    copy = new Hosted(meta, 'origin-copy');
    await copy.ready();
    const inCopy = await copy.kubectl();
    const word = await inCopy.run('get', 'secret', 'kept', '-o', 'jsonpath={.data.word}');
    expect(Buffer.from(word, 'base64').toString()).toBe('open-sesame');
    expect(await inCopy.run('get', 'configmap', 'later', '--ignore-not-found')).toBe('');
    expect(await pods()).toEqual(before);
    expect(await kubectl.run('get', 'configmap', 'later', '-o', 'name')).toContain('later');
  });

  it('gives the copy an identity of its own', async () => {
    if (!copy) throw new Error('there is no copy');
    const inCopy = await copy.kubectl();
    const token = (await inCopy.run('create', 'token', 'robot')).trim();
    expect(await isKnown(inCopy, token)).toBe(true);
    expect(await isKnown(kubectl, token)).toBe(false);
    const { status } = await copy.ready();
    const told = await inCopy.run(
      'get',
      'endpoints',
      'kubernetes',
      '-o',
      'jsonpath={.subsets[0].ports[0].port}',
    );
    expect(told).toBe(String(status?.endpoint?.internalPort));
    const [ca, info] = await Promise.all([
      inCopy.run(
        'config',
        'view',
        '--raw',
        '-o',
        'jsonpath={.clusters[0].cluster.certificate-authority-data}',
      ),
      inCopy.run(
        '-n',
        'kube-public',
        'get',
        'configmap',
        'cluster-info',
        '-o',
        'jsonpath={.data.kubeconfig}',
      ),
    ]);
    expect(info).toContain(ca);
  });

  it('passes a drill, which leaves nothing but its record', async () => {
    const before = await pods();
    const told = await meta.berth('backup', 'drill', hosted.name, '--wait', '-o', 'json');
    const { status } = JSON.parse(told) as Operation;
    expect(status?.state).toBe('Succeeded');
    expect(status?.steps.map(({ name }) => name)).toEqual([
      'CreateScratchCluster',
      'RestoreScratchCluster',
      'DeleteScratchCluster',
    ]);
    const backup = await meta.client.get(berthResources.Backup, {
      namespace: hosted.namespace,
      name: 'first',
    });
    expect(status?.comparison).toEqual({
      keys: backup.status?.keys,
      expectedKeys: backup.status?.keys,
      contentDigest: backup.status?.contentDigest,
      expectedContentDigest: backup.status?.contentDigest,
    });
    expect(backup.status?.drill).toMatchObject({ passed: true });
    expect(await scratchNamespaces()).toEqual([]);
    expect(await pods()).toEqual(before);
  });

  it('fails a drill of a damaged snapshot, says why, and leaves nothing either', async () => {
    await meta.berth('backup', 'create', hosted.name, '--name', 'damaged', '--wait');
    const directory = join(meta.dir.root, 'backups', hosted.name);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const file = entries.find(({ name }) => name.startsWith('damaged.'));
    const path = join(file?.parentPath ?? '', file?.name ?? '');
    await writeFile(path, (await readFile(path)).subarray(0, -100));
    const args = ['backup', 'drill', hosted.name, '--backup', 'damaged', '--wait'];
    const { code, stderr } = await meta.tryBerth(args);
    expect(code).not.toBe(0);
    expect(stderr).toContain('SnapshotCorrupted');
    const ref = { namespace: clusterNamespace(hosted.name), name: 'damaged' };
    expect((await meta.client.get(berthResources.Backup, ref)).status?.drill).toMatchObject({
      passed: false,
    });
    expect(await scratchNamespaces()).toEqual([]);
  });
});
