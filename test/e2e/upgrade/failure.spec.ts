import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { CacheReader } from '../../../src/kube/cache.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import { isFinished } from '../../../src/operations/timeline.js';
import { Embedded } from '../../support/embedded.js';
import { accessOf, Hosted } from '../hosting/hosted.js';
import { Load } from '../hosting/load.js';

jest.setTimeout(500_000);

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

  it('goes back by itself when the masters stop to answer in the soak', async () => {
    const away = await meta.api(`${hosted.path}/rollback`, { body: { version: '1.35.4' } });
    expect(away.status).toBe(202);
    const at = (version: string) => (all: CacheReader<Cluster>) => {
      const { pinned, upgrade } = all.get(hosted)?.status ?? {};
      return pinned?.kubernetesVersion === version && pinned.actsAs === undefined && upgrade === undefined;
    };
    await meta.until(berthResources.Cluster, 'the old version', at('1.35.4'), 180_000);
    const body = { version: '1.36.3', finalize: 'Manual', maxErrorPercent: 10 };
    expect((await meta.api(`${hosted.path}/upgrade`, { body })).status).toBe(202);
    const told = (reason: string) => (all: CacheReader<Cluster>) =>
      all
        .get(hosted)
        ?.status?.conditions?.some((one) => one.type === 'VersionReached' && one.reason === reason);
    await meta.until(berthResources.Cluster, 'the soak', told('Soaking'), 180_000);
    const thaw = await freezeEtcd();
    try {
      await meta.until(
        berthResources.Cluster,
        'it to be noticed',
        (all) => all.get(hosted)?.status?.upgrade?.failed,
        120_000,
      );
    } finally {
      await thaw();
    }
    const { upgrade } = await hosted.status();
    expect(upgrade?.failed).toMatchObject({
      reason: 'ErrorRateTooHigh',
      message: expect.stringMatching(/1\.36\.3-as-1\.35\.4 \d+ % of Berth's requests failed/),
    });
    const back = await meta.until(
      berthResources.Cluster,
      'the old version again',
      (all) => told('RolledBack')(all) && all.get(hosted),
      180_000,
    );
    expect(back.status?.pinned?.kubernetesVersion).toBe('1.35.4');
  });

  /** Stops the cluster's etcd in its tracks; answers how to let it go on. */
  async function freezeEtcd(): Promise<() => Promise<void>> {
    const find = `grep -lz -- "^--advertise-client-urls=.*${hosted.namespace}" /proc/[0-9]*/cmdline 2>/dev/null`;
    const found = await meta.onNode('sh', '-c', `${find} | head -1`);
    const [, pid = ''] = /\/proc\/(\d+)\//.exec(found) ?? [];
    expect(pid).not.toBe('');
    await meta.onNode('kill', '-STOP', pid);
    // The kubelet may have made another one meanwhile.
    return async () => void (await meta.onNode('sh', '-c', `kill -CONT ${pid} || true`));
  }
});
