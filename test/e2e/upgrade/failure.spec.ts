import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { berthResources } from '../../../src/model/kinds.js';
import { isFinished } from '../../../src/operations/timeline.js';
import { Embedded } from '../../support/embedded.js';
import { accessOf, Hosted } from '../hosting/hosted.js';
import { Load } from '../hosting/load.js';

jest.setTimeout(240_000);

/** A version of the catalogue whose API server ends as soon as it starts. */
const BROKEN = '1.36.98';

describe('a version whose API server never gets ready', () => {
  let meta: Embedded;
  let hosted: Hosted;

  beforeAll(async () => {
    meta = await Embedded.open();
    const { apiVersion, kind, spec } = await meta.client.get(berthResources.ControlPlaneVersion, {
      name: 'v1.36.3',
    });
    await meta.client.create({
      apiVersion,
      kind,
      metadata: { name: `v${BROKEN}` },
      spec: {
        ...spec,
        kubernetesVersion: BROKEN,
        components: { apiServer: { extraArgs: { 'no-such-flag': '1' } } },
      },
    });
    hosted = await Hosted.create(meta, 'broken', { version: '1.35.4' });
    await hosted.ready();
  });

  afterAll(async () => {
    await hosted.delete();
    await meta.client.delete(berthResources.ControlPlaneVersion, { name: `v${BROKEN}` });
    await meta.close();
  });

  it('is rolled back by itself, the cluster answers all along, and the operation says why', async () => {
    const load = new Load(await accessOf(await hosted.kubectl()));
    const body = { version: BROKEN, progressDeadlineSeconds: 30 };
    const asked = await meta.api(`${hosted.path}/upgrade`, { body });
    expect(asked.status).toBe(202);
    const ended = await meta.until(
      berthResources.Operation,
      'the upgrade to end',
      (all) =>
        all.list(hosted.namespace).find(({ spec, status }) => spec.type === 'Upgrade' && isFinished(status)),
      180_000,
    );
    expect(ended.status).toMatchObject({
      state: 'Failed',
      message: expect.stringMatching(
        /not ready at 1\.36\.98 in time \(.*kube-apiserver.*rolled back to 1\.35\.4/s,
      ),
    });
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    // The record of the operation is written first, the status of the cluster after it.
    const told = await meta.until(berthResources.Cluster, 'the cluster to say so', (all) => {
      const { conditions = [] } = all.get(hosted)?.status ?? {};
      return (
        conditions.some(({ type, reason }) => type === 'VersionReached' && reason === 'RolledBack') &&
        all.get(hosted)
      );
    });
    expect(told.status?.pinned?.kubernetesVersion).toBe('1.35.4');
    expect(await hosted.isReady()).toBe(true);
  });

  it('is not tried again by itself, but when it is asked for once more', async () => {
    const { metadata } = await hosted.get();
    await meta.client.patch(berthResources.Cluster, metadata, { spec: { displayName: 'Shop' } });
    await hosted.ready();
    expect((await hosted.status()).pinned?.kubernetesVersion).toBe('1.35.4');
    const answer = await meta.api(`${hosted.path}/upgrade`, { body: { version: '1.36.3', soakSeconds: 0 } });
    expect(answer.status).toBe(202);
    await meta.until(
      berthResources.Cluster,
      'the good version',
      (all) => {
        const { pinned, upgrade } = all.get(hosted)?.status ?? {};
        return pinned?.kubernetesVersion === '1.36.3' && pinned.actsAs === undefined && upgrade === undefined;
      },
      180_000,
    );
    await hosted.ready();
  });
});
