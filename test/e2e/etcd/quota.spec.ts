/** A store that is full refuses writes, says why, and is let in again by itself once there is room. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig } from '../../../src/kube/connection.js';
import { resources } from '../../../src/kube/resources.js';
import { findCondition } from '../../../src/model/conditions.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

const PLAN = 'dev-small-quota';
const OBJECT_BYTES = 900_000;
const namespace = 'default';

describe('quota of etcd', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let client: KubeClient;
  let attempts = 0;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    meta = await Embedded.open();
    const { apiVersion, kind, spec } = await meta.client.get(berthResources.Plan, { name: 'dev' });
    const small = { ...spec, etcd: { ...spec.etcd, quota: '32Mi' } };
    await meta.client.apply(
      { apiVersion, kind, metadata: { name: PLAN }, spec: small },
      { fieldManager: 'test' },
    );
    hosted = await Hosted.create(meta, 'hoarder', { plan: PLAN });
    await hosted.ready();
    client = new KubeClient(await connectionFromKubeconfig({ file: (await hosted.kubectl()).kubeconfig }));
  });

  afterAll(async () => {
    await client.close();
    await hosted.requestDeletion();
    await meta.close();
  });

  /** By a new name each time: etcd looks at the space again as it applies, and stores what it then refuses. */
  async function write(): Promise<boolean> {
    const name = `large-${attempts++}`;
    try {
      await client.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace },
        data: { text: 'x'.repeat(OBJECT_BYTES) },
      });
      acknowledged.push(name);
      return true;
    } catch (error) {
      if (!(error as Error).message.includes('database space exceeded')) throw error;
      return false;
    }
  }

  function told(reason: string): Promise<string> {
    return meta.until(
      berthResources.Cluster,
      `EtcdHealthy to be ${reason}`,
      (clusters) => {
        const found = findCondition(clusters.get(hosted)?.status?.conditions, 'EtcdHealthy');
        return found?.reason === reason && `${found.status} ${found.message}`;
      },
      120_000,
    );
  }

  it('refuses writes when it is used up, and the condition tells the way out', async () => {
    const fill = async () => {
      while (await write()) expect(acknowledged.length).toBeLessThan(100);
      const { conditions } = await hosted.status();
      return findCondition(conditions, 'EtcdHealthy')?.reason === 'QuotaExceeded';
    };
    await fill();
    // It is looked at every few minutes, and at once when somebody asks. Free pages let in a few more.
    await meta.berth('etcd', 'defrag', hosted.name, '--wait');
    await eventually(fill, 'etcd to be full for good', 120_000);
    expect(await told('QuotaExceeded')).toMatch(/^False .*Delete objects/);
  });

  it('keeps every object that was acknowledged, and takes deletions', async () => {
    const { items } = await client.list(resources.ConfigMap, { namespace });
    const stored = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('large-'));
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
    for (const name of stored) await client.delete(resources.ConfigMap, { namespace, name });
  });

  it('is open for writes again without anybody doing anything', async () => {
    expect(await told('Healthy')).toMatch(/^True/);
    await eventually(() => write(), 'a write to be taken', 60_000);
  });
});
