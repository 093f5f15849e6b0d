/** A fleet of two clusters, upgraded by the command line as an operator does it. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { FleetUpgrade } from '../../../src/model/fleet-upgrade.js';
import { Embedded } from '../../support/embedded.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(400_000);

const OLD = '1.35.4';
const NEW = '1.36.3';

describe('a fleet', () => {
  let meta: Embedded;
  let fleet: Hosted[];
  const names = ['fleet-a', 'fleet-b'];
  const upgrade = [
    'fleet',
    'upgrade',
    '--to',
    NEW,
    '-l',
    'fleet=test',
    '--wave',
    'tier=canary',
    '--soak',
    '0s',
  ];

  beforeAll(async () => {
    meta = await Embedded.open();
    for (const [i, name] of names.entries()) {
      const labels = i === 1 ? ['-l', 'fleet=test', '-l', 'tier=canary'] : ['-l', 'fleet=test'];
      await meta.berth('cluster', 'create', name, '--kubernetes-version', OLD, ...labels);
    }
    fleet = names.map((name) => new Hosted(meta, name));
    await Promise.all(fleet.map((one) => one.ready()));
  });

  afterAll(async () => {
    await Promise.all(fleet.map((one) => one.requestDeletion()));
    await meta.close();
  });

  it('is upgraded wave by wave, canaries first, and the report tells it', async () => {
    const plan = JSON.parse(await meta.berth(...upgrade, '--dry-run', '-o', 'json')) as FleetUpgrade;
    expect(plan.status?.targets.map(({ wave, cluster }) => `${wave} ${cluster}`)).toEqual([
      '1 fleet-b',
      '2 fleet-a',
    ]);
    const name = `night-${meta.run}`;
    const out = await meta.berth(
      ...upgrade,
      '--name',
      name,
      '--reason',
      'end to end',
      '--wait',
      '-o',
      'json',
    );
    const { status } = JSON.parse(out) as FleetUpgrade;
    expect(status).toMatchObject({ phase: 'Succeeded', progress: '2/2', failed: 0 });
    const [canary, other] = status?.targets ?? [];
    expect([canary?.from, canary?.phase, other?.phase]).toEqual([OLD, 'Done', 'Done']);
    expect(Date.parse(other?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(canary?.finishedAt ?? ''));
    const now = await Promise.all(fleet.map((one) => one.status()));
    expect(now.map(({ pinned }) => pinned?.kubernetesVersion)).toEqual([NEW, NEW]);
    const operations = await Promise.all(fleet.map((one) => one.operations()));
    const upgrades = operations.flat().filter(({ spec }) => spec.type === 'Upgrade');
    const user = `admin (fleet upgrade ${name})`;
    expect(upgrades.map(({ spec }) => spec.cause.user)).toEqual([user, user]);
    expect(await meta.berth('fleet', 'get', name)).toMatch(/1 +fleet-b +Done/);
  });
});
