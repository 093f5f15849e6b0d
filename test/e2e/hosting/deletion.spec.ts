import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Problem } from '../../../src/http/problem.js';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { Hosted } from './hosted.js';

jest.setTimeout(180_000);

const ANNAS_TOKEN = 'token-of-anna-for-this-test';

describe('deleting a cluster', () => {
  let meta: Embedded;
  let tokens: string;

  beforeAll(async () => {
    meta = await Embedded.open();
    tokens = await readFile(meta.dir.token, 'utf8');
    await writeFile(meta.dir.token, `${tokens.trim()}\n${ANNAS_TOKEN},anna\n`);
    const isKnown = async () => (await meta.api('/api/v1/whoami', { token: ANNAS_TOKEN })).status === 200;
    await eventually(isKnown, 'the token of anna to count');
  });

  afterAll(async () => {
    await writeFile(meta.dir.token, tokens);
    await meta.close();
  });

  const recordsOf = (cluster: Hosted) =>
    meta.until(berthResources.Operation, 'the record of the deletion', (operations) => {
      const records = operations.list('berth-t-default').filter(({ spec }) => spec.cluster === cluster.name);
      return records.length > 0 && records.every(({ status }) => status?.finishedAt) && records;
    });

  it('needs its name once more, leaves nothing, and records who asked in the namespace of the tenant', async () => {
    const cluster = await Hosted.create(meta, `short-lived-${meta.run}`);
    await cluster.ready();
    const [volume] = (await meta.client.list(resources.PersistentVolume)).items.filter(
      ({ spec }) => spec?.claimRef?.namespace === cluster.namespace,
    );
    const unconfirmed = await meta.api<Problem>(cluster.path, { method: 'DELETE' });
    expect(unconfirmed).toMatchObject({ status: 400, body: { code: 'ConfirmationRequired' } });
    await cluster.requestDeletion(ANNAS_TOKEN);
    await cluster.gone();
    const records = await recordsOf(cluster);
    expect(records).toHaveLength(1);
    const [{ spec, status }] = records as [(typeof records)[0]];
    expect(spec).toMatchObject({ type: 'Delete', cause: { user: 'anna' } });
    expect(status?.state).toBe('Succeeded');
    expect(status?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'StopControllers Done',
      'StopAPIServer Done',
      'StopEtcd Done',
      'DeleteNamespace Done',
      'ReleaseCluster Done',
    ]);
    const directories = await readdir(join(meta.dir.node('meta'), 'volumes'));
    expect(volume).toBeDefined();
    expect(directories).not.toContain(volume?.metadata.name);
    const after = await meta.api<Problem>(`${cluster.path}/kubeconfig`, { body: {} });
    expect(after).toMatchObject({ status: 404, body: { code: 'ClusterNotFound' } });
  });

  it('works in the middle of the create, and the name can be had again', async () => {
    const first = await Hosted.create(meta, `reborn-${meta.run}`);
    const { uid } = (await first.get()).metadata;
    await meta.until(resources.StatefulSet, 'the create to begin', (sets) =>
      sets.get({ namespace: first.namespace, name: 'etcd' }),
    );
    await first.delete();
    const second = await Hosted.create(meta, `reborn-${meta.run}`);
    const { metadata } = await second.ready();
    expect(metadata.uid).not.toBe(uid);
    await second.delete();
    expect(await recordsOf(second)).toHaveLength(2);
  });
});
