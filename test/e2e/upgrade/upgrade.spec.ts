import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VersionChange } from '../../../src/http/clusters/upgrade-schemas.js';
import type { Problem } from '../../../src/http/problem.js';
import { berthResources } from '../../../src/model/kinds.js';
import { isFinished } from '../../../src/operations/timeline.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { accessOf, Hosted } from '../hosting/hosted.js';
import { Load } from '../hosting/load.js';

jest.setTimeout(400_000);

const OLD = '1.35.4';
const NEW = '1.36.3';

describe('the version of a cluster with two API servers', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'upgrade', { version: OLD, plan: 'standard' });
    await hosted.ready();
    kubectl = await hosted.kubectl();
    await kubectl.run('create', 'configmap', 'kept', '--from-literal=written=before');
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  async function ask<T = VersionChange>(verb: string, body?: object) {
    return meta.api<T>(`${hosted.path}/${verb}`, { method: 'POST', body });
  }

  /** Binaries and, when it is another, the release they act as. */
  async function runs(): Promise<string> {
    const { pinned } = await hosted.status();
    return [pinned?.kubernetesVersion, pinned?.actsAs].filter(Boolean).join(' as ');
  }

  /** Waits until the operation for what was asked last is as it shall be. */
  async function operation(type: string, state: string, timeoutMs = 240_000) {
    const { generation = 0 } = (await hosted.get()).metadata;
    return meta.until(
      berthResources.Operation,
      `${type} to be ${state}`,
      (all) => {
        const found = all
          .list(hosted.namespace)
          .find(({ spec }) => spec.type === type && spec.cause.generation === generation);
        if (found && isFinished(found.status) && found.status?.state !== state) {
          throw new Error(`${found.metadata.name}: ${JSON.stringify(found.status, undefined, 1)}`);
        }
        return found?.status?.state === state && found;
      },
      timeoutMs,
    );
  }

  /** Waits until the upgrade soaks. */
  async function soaking(): Promise<void> {
    await hosted.condition('VersionReached', 'False');
    await meta.until(
      berthResources.Cluster,
      'the soak',
      (all) =>
        all
          .get(hosted)
          ?.status?.conditions?.some(({ type, reason }) => type === 'VersionReached' && reason === 'Soaking'),
      240_000,
    );
  }

  async function emulation(): Promise<string> {
    const version = JSON.parse(await kubectl.run('get', '--raw', '/version')) as Record<string, string>;
    return `${version['minor']} as ${version['emulationMinor']}`;
  }

  it('is not changed by more than one minor, nor to one that nobody knows', async () => {
    const far = await ask<Problem>('upgrade', { version: '1.37.0' });
    expect(far).toMatchObject({ status: 422, body: { code: 'UpgradePathRefused' } });
    const unknown = await ask<Problem>('upgrade', { version: '1.36.99' });
    expect(unknown).toMatchObject({ status: 422, body: { code: 'VersionUnknown' } });
    expect(await runs()).toBe(OLD);
  });

  it('shows its stages and changes nothing in a dry run', async () => {
    const { status, body } = await ask('upgrade', { version: NEW, dryRun: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      started: false,
      obstacles: [],
      stages: [{ kubernetesVersion: NEW, actsAs: OLD }, { kubernetesVersion: NEW }],
    });
    expect((await hosted.get()).spec.version).toBe(OLD);
  });

  it('goes up to the soak without a failed request: new binaries act as the old minor', async () => {
    const load = new Load(await accessOf(kubectl));
    const { status } = await ask('upgrade', { version: NEW, finalize: 'Manual' });
    expect(status).toBe(202);
    await soaking();
    const { failures, sent } = await load.stop();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(400);
    expect(await runs()).toBe(`${NEW} as ${OLD}`);
    expect(await emulation()).toBe('36 as 35');
    expect(await hosted.isReady()).toBe(true);
    await kubectl.run('create', 'configmap', 'soaked', '--from-literal=written=soak');
    const token = await meta.api<{ kubernetesVersion: string }>(`${hosted.path}/join-tokens`, { body: {} });
    expect(token.body.kubernetesVersion).toBe(OLD);
  });

  it('goes back in the soak within a minute and without a failed request', async () => {
    const load = new Load(await accessOf(kubectl));
    const from = Date.now();
    const { status } = await ask('rollback');
    expect(status).toBe(202);
    await operation('Rollback', 'Succeeded');
    const seconds = (Date.now() - from) / 1000;
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(await runs()).toBe(OLD);
    expect(seconds).toBeLessThan(120);
    expect(await kubectl.run('get', 'configmap', 'kept', 'soaked', '-o', 'name')).toContain(
      'configmap/soaked',
    );
  });

  it('is finalised, and goes back through acting as the old minor', async () => {
    expect((await ask('upgrade', { version: NEW, finalize: 'Manual' })).status).toBe(202);
    await soaking();
    const upgraded = operation('Upgrade', 'Succeeded');
    expect((await ask('finalize')).status).toBe(202);
    expect((await upgraded).status?.steps.map(({ name, stage }) => `${name} ${stage}`)).toEqual(
      expect.arrayContaining([
        `StartAPIServer ${NEW}-as-${OLD}`,
        `Soak ${NEW}-as-${OLD}`,
        `StartAPIServer ${NEW}`,
      ]),
    );
    expect(await runs()).toBe(NEW);
    expect(await emulation()).toBe('36 as 36');
    await kubectl.run('create', 'configmap', 'finalised', '--from-literal=written=after');
    expect((await ask('rollback')).status).toBe(202);
    await operation('Rollback', 'Succeeded');
    expect(await runs()).toBe(OLD);
    const names = await kubectl.run('get', 'configmap', 'kept', 'soaked', 'finalised', '-o', 'name');
    expect(names.trim().split('\n')).toHaveLength(3);
  });
});
