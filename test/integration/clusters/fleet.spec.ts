/**
 * Upgrades of a fleet over a real API server: the REST API, the reconciler and its records. The clusters have no masters:
 * the tests write what the cluster reconciler would.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FleetUpgradeReconciler } from '../../../src/clusters/fleet/fleet-upgrade.reconciler.js';
import { ClusterWorld } from '../../../src/clusters/world.js';
import { systemClock } from '../../../src/core/clock.js';
import { Informers } from '../../../src/kube/informers.js';
import type { Cluster } from '../../../src/model/cluster.js';
import type { FleetUpgrade } from '../../../src/model/fleet-upgrade.js';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace } from '../../../src/model/names.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';

jest.setTimeout(120_000);

const OLD = '1.36.3';
const NEW = '1.37.0';
const PATH = '/api/v1/fleet-upgrades';
const NAMES = ['a', 'b', 'c', 'd'];

let api: TestApi;
let informers: Informers;
let world: ClusterWorld;
let reconciler: FleetUpgradeReconciler;
/** Label of the clusters of the test that runs. */
let group = 0;

beforeAll(async () => {
  api = await TestApi.start();
  informers = new Informers(api.client);
  world = await ClusterWorld.open(api.client, informers, AbortSignal.timeout(60_000));
  reconciler = new FleetUpgradeReconciler({ client: api.client, world, clock: systemClock });
}, 90_000);
afterAll(async () => {
  await informers?.close();
  await api?.stop();
});

beforeEach(async () => {
  group += 1;
  await Promise.all(NAMES.map((name) => createCluster(name)));
  const areKnown = () =>
    NAMES.every((name) => world.find(berthResources.Cluster, refOf(name))?.status?.pinned);
  await eventually(() => Promise.resolve(areKnown()), 'the clusters to be seen');
});

const nameOf = (name: string) => `${name}${group}`;
const refOf = (name: string) => ({ namespace: clusterNamespace(nameOf(name)), name: nameOf(name) });

async function createCluster(name: string): Promise<void> {
  const labels = { group: String(group), tier: name === 'c' ? 'canary' : 'normal' };
  const body = { metadata: { name: nameOf(name), labels }, spec: { version: OLD } };
  expect((await api.send('/api/v1/clusters', { body })).status).toBe(201);
  await writeStatus(name, { initializedAt: new Date().toISOString(), ...runs(OLD) });
}

const runs = (kubernetesVersion: string) => ({
  pinned: { kubernetesVersion, etcdVersion: '3.6.16', revision: 'masters-1', specDigest: 'x' },
});

async function writeStatus(name: string, status: object): Promise<void> {
  await api.client.patch(berthResources.Cluster, refOf(name), { status }, { subresource: 'status' });
}

function cluster(name: string): Promise<Cluster> {
  return api.client.get(berthResources.Cluster, refOf(name));
}

async function start(more: object = {}): Promise<string> {
  const body = { name: `fleet${group}`, version: NEW, selector: `group=${group}`, ...more };
  const { status, body: made } = await api.send<FleetUpgrade>(PATH, { body });
  expect([status, made]).toEqual([201, expect.objectContaining({ kind: 'FleetUpgrade' })]);
  return made.metadata.name;
}

const order = (body: object) => api.send<FleetUpgrade>(`${PATH}/fleet${group}`, { method: 'PATCH', body });

async function fleet(): Promise<FleetUpgrade> {
  return (await api.send<FleetUpgrade>(`${PATH}/fleet${group}`)).body;
}

/** `a Done b Pending`, without the number of the group. */
async function phases(): Promise<string> {
  const { status } = await fleet();
  return (status?.targets ?? []).map((one) => `${one.cluster.replace(/\d+$/, '')} ${one.phase}`).join(' ');
}

/** Has the reconciler work until the targets are as given. */
async function until(expected: string): Promise<void> {
  const holds = async () => {
    await reconciler.reconcile(`fleet${group}`);
    return (await phases()) === expected;
  };
  await eventually(holds, expected, 20_000).catch(async (error: unknown) => {
    throw new Error(`${String(error)}, but: ${await phases()}`);
  });
}

/** What the cluster reconciler writes when the masters are there. */
const upgraded = (name: string) => writeStatus(name, runs(NEW));

describe('the upgrade of a fleet', () => {
  it('is told beforehand by a dry run, which makes nothing', async () => {
    const strategy = { waves: [{ selector: 'tier=canary' }, { percent: 50 }] };
    const body = { name: 'dry', version: NEW, selector: `group=${group}`, strategy, dryRun: true };
    const { status, body: told } = await api.send<FleetUpgrade>(PATH, { body });
    expect(status).toBe(200);
    expect(told.status?.targets.map((target) => `${target.wave} ${target.cluster}`)).toEqual([
      `1 c${group}`,
      `2 a${group}`,
      `3 b${group}`,
      `3 d${group}`,
    ]);
    expect((await api.send(`${PATH}/dry`)).status).toBe(404);
  });

  it('goes wave by wave, as many at once as it may, and says who asked', async () => {
    await start({
      strategy: { waves: [{ selector: 'tier=canary' }], maxInFlight: 2 },
      upgrade: { soakSeconds: 7 },
    });
    await until('c Upgrading a Pending b Pending d Pending');
    const { metadata, spec } = await cluster('c');
    expect(spec).toMatchObject({ version: NEW, upgrade: { soakSeconds: 7 } });
    expect(metadata.annotations?.['berth.dev/changed-by']).toBe(
      `${metadata.generation} admin (fleet upgrade fleet${group})`,
    );
    await upgraded('c');
    await until('c Done a Upgrading b Upgrading d Pending');
    await upgraded('a');
    await until('c Done a Done b Upgrading d Upgrading');
    await upgraded('b');
    await upgraded('d');
    await until('c Done a Done b Done d Done');
    expect((await fleet()).status).toMatchObject({ phase: 'Succeeded', progress: '4/4', failed: 0 });
  });

  it('takes back what a gate holds up, stops, and goes on when it is told that more may fail', async () => {
    await start({ strategy: { maxInFlight: 1 } });
    await until('a Upgrading b Pending c Pending d Pending');
    const { generation } = (await cluster('a')).metadata;
    const gate = {
      type: 'VersionReached',
      status: 'False',
      reason: 'NodeSkew',
      message: 'node n1 is too old',
    };
    const lastTransitionTime = new Date().toISOString();
    await writeStatus('a', { conditions: [{ ...gate, observedGeneration: generation, lastTransitionTime }] });
    await until('a Failed b Pending c Pending d Pending');
    expect((await cluster('a')).spec.version).toBe(OLD);
    const { status } = await fleet();
    expect(status).toMatchObject({ phase: 'Stopped', failed: 1 });
    expect(status?.targets[0]?.message).toBe('NodeSkew: node n1 is too old');
    expect((await order({ stopAfterFailures: 2 })).status).toBe(200);
    await until('a Failed b Upgrading c Pending d Pending');
  });

  it('begins no more while it is paused, goes on, and ends when it is aborted', async () => {
    await start({ strategy: { maxInFlight: 1 } });
    await until('a Upgrading b Pending c Pending d Pending');
    await order({ command: 'Pause' });
    await upgraded('a');
    await until('a Done b Pending c Pending d Pending');
    expect((await fleet()).status?.phase).toBe('Paused');
    expect((await cluster('b')).spec.version).toBe(OLD);
    await order({ command: 'Run' });
    await until('a Done b Upgrading c Pending d Pending');
    await order({ command: 'Abort' });
    await upgraded('b');
    await until('a Done b Done c Pending d Pending');
    expect((await fleet()).status).toMatchObject({ phase: 'Aborted', finishedAt: expect.any(String) });
    expect(await order({ command: 'Run' })).toMatchObject({
      status: 409,
      body: { code: 'FleetUpgradeOver' },
    });
  });

  it('waits for the windows of its clusters, and of its own', async () => {
    const february = { windows: [{ start: '0 0 29 2 *', durationMinutes: 1 }] };
    for (const name of NAMES.slice(1)) {
      await api.client.patch(berthResources.Cluster, refOf(name), { spec: { maintenance: february } });
    }
    await eventually(
      () => Promise.resolve(world.find(berthResources.Cluster, refOf('d'))?.spec.maintenance !== undefined),
      'the windows to be seen',
    );
    await start();
    await until('a Upgrading b Pending c Pending d Pending');
    await upgraded('a');
    await until('a Done b Pending c Pending d Pending');
    expect((await fleet()).status).toMatchObject({
      phase: 'Waiting',
      message: expect.stringMatching(/the next maintenance window opens at \d{4}-02-29T00:00/),
    });
  });

  it('goes on after a crash between what it wrote down and what it asked for', async () => {
    await start({ strategy: { maxInFlight: 1 } });
    await until('a Upgrading b Pending c Pending d Pending');
    const { metadata, status } = await fleet();
    const targets = (status?.targets ?? []).map(({ generation: _lost, ...target }) => target);
    await api.client.patch(
      berthResources.FleetUpgrade,
      metadata,
      { status: { targets } },
      { subresource: 'status' },
    );
    const before = (await cluster('a')).metadata.generation;
    const holds = async () => {
      await reconciler.reconcile(`fleet${group}`);
      return (await fleet()).status?.targets[0]?.generation === before;
    };
    await eventually(holds, 'the generation to be written down again');
    expect((await cluster('a')).metadata.generation).toBe(before);
    await upgraded('a');
    await until('a Done b Upgrading c Pending d Pending');
  });

  it('takes no window for a cluster that cannot be read', async () => {
    const maintenance = {
      windows: [{ start: '0 2 * * *', durationMinutes: 60, timeZone: 'Europe/Atlantis' }],
    };
    const { status, body } = await api.send(`/api/v1/clusters/${nameOf('a')}`, {
      method: 'PATCH',
      body: { spec: { maintenance } },
    });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      expect.objectContaining({ path: 'spec.maintenance.windows[0].start', code: 'ScheduleInvalid' }),
    ]);
  });

  it.each<[string, object, number, string]>([
    ['a version that nobody knows', { version: '1.37.99' }, 422, 'VersionUnknown'],
    ['a selector that is none', { selector: 'a in b' }, 400, 'InvalidParameter'],
    ['a selector that nothing matches', { selector: 'group=none' }, 422, 'NoClusters'],
    ['a wave that is none', { strategy: { waves: [{ selector: '!!' }] } }, 400, 'InvalidParameter'],
    [
      'a window that is none',
      { maintenance: { windows: [{ start: '0 25 * * *', durationMinutes: 5 }] } },
      422,
      'ScheduleInvalid',
    ],
    ['a window without an end', { maintenance: { windows: [{ start: '0 2 * * *' }] } }, 422, 'Invalid'],
  ])('is refused for %s', async (_what, more, status, code) => {
    const body = { name: 'bad', version: NEW, ...more };
    expect(await api.send(PATH, { body })).toMatchObject({ status, body: { code } });
    expect((await api.send(`${PATH}/bad`)).status).toBe(404);
  });
});
