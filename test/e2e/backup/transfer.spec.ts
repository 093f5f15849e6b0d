/** A cluster leaves in one file, and comes back from it as the one it was, with what runs on it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../../src/kube/connection.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { type UserNodeRecord, writeRecord } from '../../../src/local/user-nodes/record.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode } from '../../support/user-node.js';
import { accessOf, Hosted } from '../hosting/hosted.js';
import { MovedApp } from './moved-app.js';

jest.setTimeout(300_000);

describe('export and import of a cluster', () => {
  let meta: Embedded;
  let hosted: Hosted;
  /** With the kubeconfig of before the export, all along. */
  let kubectl: Kubectl;
  let token: string;
  let uid: string;
  let port: number | undefined;
  let file: string;
  let app: MovedApp;
  let node: UserNodeRecord;
  let podBefore: Awaited<ReturnType<MovedApp['pod']>>;
  let madeUp: string;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, `mover-${meta.run}`);
    await hosted.ready();
    kubectl = await hosted.kubectl();
    port = (await hosted.status()).endpoint?.internalPort;
    file = join(meta.scratch, 'mover.berth');
    node = (await addNode(meta, hosted.name)).record;
    app = new MovedApp(meta, hosted, `web-${meta.run}`);
    await app.create();
    await app.greet('hello again');
    await app.deployedAt(2);
    podBefore = await app.pod(kubectl);
    madeUp = await app.madeUp(kubectl);
    await kubectl.run('create', 'secret', 'generic', 'kept', '--from-literal=word=open-sesame');
    await kubectl.run('create', 'serviceaccount', 'robot');
    token = (await kubectl.run('create', 'token', 'robot', '--duration=2h')).trim();
    uid = await kubectl.run('get', 'secret', 'kept', '-o', 'jsonpath={.metadata.uid}');
  });

  afterAll(async () => {
    await hosted.delete();
    await app.forget();
    await meta.close();
  });

  /** Whether the cluster takes a token that it gave out before. */
  async function isKnown(): Promise<boolean> {
    const client = new KubeClient(await connectionFromKubeconfig({ file: kubectl.kubeconfig }));
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { name: '' } };
    const { status } = await client.create<KubeObject & { status?: { authenticated?: boolean } }>({
      ...review,
      spec: { token },
    });
    await client.close();
    return status?.authenticated === true;
  }

  it('is written into a file that only its owner can read', async () => {
    const told = await meta.berth('cluster', 'export', hosted.name, '--to', file);
    expect(told).toContain(`Wrote ${file}: cluster/${hosted.name}`);
    const { ca } = await accessOf(kubectl);
    const bytes = await readFile(file);
    expect(bytes.includes('open-sesame')).toBe(false);
    expect(bytes.includes(ca.slice(0, 200))).toBe(false);
    const again = await meta.tryBerth(['cluster', 'export', hosted.name, '--to', file]);
    expect(again.code).toBe(2);
  });

  it('is not imported beside itself, nor from a damaged file', async () => {
    const beside = await meta.tryBerth(['cluster', 'import', file, '--name', 'beside']);
    expect(beside.stderr).toContain('HostTaken');
    const damaged = join(meta.scratch, 'damaged.berth');
    await writeFile(damaged, (await readFile(file)).subarray(0, -100));
    const refused = await meta.tryBerth(['cluster', 'import', damaged]);
    expect(refused.stderr).toContain('ExportCorrupted');
    expect(
      await meta.client.find(berthResources.Cluster, { name: 'beside', namespace: 'berth-c-beside' }),
    ).toBe(undefined);
  });

  it('comes back after it was deleted: kubeconfigs, tokens and objects of before are good', async () => {
    // A user's machine stays when the cluster goes; the embedded meta-cluster's are kept by being taken for unfinished.
    await writeRecord(meta.dir, { ...node, joined: false });
    await hosted.delete();
    const told = await meta.berth('cluster', 'import', file, '--wait', '-o', 'name');
    expect(told.trim()).toBe(`cluster/${hosted.name}`);
    const { metadata } = await hosted.ready();
    await writeRecord(meta.dir, { ...node, clusterUid: metadata.uid ?? '' });
    const word = await kubectl.run('get', 'secret', 'kept', '-o', 'jsonpath={.data.word}');
    expect(Buffer.from(word, 'base64').toString()).toBe('open-sesame');
    expect(await kubectl.run('get', 'secret', 'kept', '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
    expect(await isKnown()).toBe(true);
    expect((await hosted.status()).endpoint?.internalPort).toBe(port);
    await kubectl.run('create', 'configmap', 'after');
  });

  it('had its data before its API server answered, and was compared', async () => {
    const operation = (await hosted.operations()).find(({ spec }) => spec.type === 'Import');
    const steps = operation?.status?.steps.map(({ name }) => name) ?? [];
    expect(steps.indexOf('RestoreData')).toBeGreaterThan(-1);
    expect(steps.indexOf('RestoreData')).toBeLessThan(steps.indexOf('StartAPIServer'));
    const { comparison } = operation?.status ?? {};
    expect(comparison?.keys).toBeGreaterThan(0);
    expect(comparison?.contentDigest).toBe(comparison?.expectedContentDigest);
    const { ca } = await accessOf(await hosted.kubectl());
    expect(ca).toBe((await accessOf(kubectl)).ca);
    const secret = await meta.client.get(resources.Secret, { namespace: hosted.namespace, name: 'ca' });
    expect(secret.metadata.finalizers).toEqual(['berth.dev/keep']);
  });

  it('has the instance that ran on it, whose pod was not restarted', async () => {
    const { metadata, status } = await app.deployedAt(2);
    expect(status?.services?.['web']?.drift).toBe(undefined);
    expect(metadata.annotations?.['berth.dev/origin']).toBeDefined();
    expect(podBefore).toMatchObject({ restartCount: 0, others: 0 });
    expect(await app.pod(kubectl)).toEqual(podBefore);
    await kubectl.run('wait', 'node', node.name, '--for=condition=Ready', '--timeout=60s');
    await app.berth('deploy', '--wait');
    expect(await app.pod(kubectl)).toEqual(podBefore);
  });

  it('goes on: the instance takes a new value, and a release from before', async () => {
    await app.greet('hello from here');
    await app.deployedAt(3);
    expect(await app.greeting(kubectl)).toBe('hello from here');
    await app.berth('rollback', 'web', '--to', '1', '--reason', 'as it was', '--wait');
    await app.deployedAt(4);
    expect(await app.greeting(kubectl)).toBe('hello');
    expect(await app.madeUp(kubectl)).toBe(madeUp);
    const history = await app.berth('history');
    for (const told of ['Draft 2', 'Rollback web.4 (of 1)', 'Deploy web.1']) expect(history).toContain(told);
  });

  it('can be made once more under another name and host, with a port of its own', async () => {
    const twin = new Hosted(meta, `twin-${meta.run}`);
    const host = `${twin.name}.berth.test`;
    await meta.berth('cluster', 'import', file, '--name', twin.name, '--host', host, '--wait');
    const { status, spec } = await twin.ready();
    expect(spec.exposure.host).toBe(host);
    expect(status?.endpoint?.host).toBe(host);
    expect(status?.endpoint?.internalPort).not.toBe(port);
    const inTwin = await twin.kubectl();
    expect(await inTwin.run('get', 'secret', 'kept', '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
    expect(await inTwin.run('get', 'configmap', 'after', '--ignore-not-found')).toBe('');
    await twin.requestDeletion();
  });
});
