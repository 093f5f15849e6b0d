import { describe, expect, it } from '@jest/globals';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import {
  type FleetTarget,
  type FleetUpgradeSpec,
  type FleetUpgradeStatus,
  fleetUpgradeSpec,
} from '../../model/fleet-upgrade.js';
import { dueTargets, startStatus, summarised } from './progress.js';

const NOW = new Date('2026-05-05T12:00:00Z');
const NIGHTS = { windows: [{ start: '0 2 * * *', durationMinutes: 120 }] };

function cluster(name: string, maintenance?: object): Cluster {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace: `berth-c-${name}` },
    spec: clusterSpec.parse({ version: '1.36.3', maintenance }),
  };
}
const four = ['a', 'b', 'c', 'd'].map((name) => cluster(name));

const spec = (more: object = {}, strategy: object = {}): FleetUpgradeSpec =>
  fleetUpgradeSpec.parse({
    version: '1.37.0',
    cause: { user: 'anna' },
    strategy: { maxInFlight: 2, waves: [{ percent: 50 }], ...strategy },
    ...more,
  });

function statusWith(of: FleetUpgradeSpec, ...phases: FleetTarget['phase'][]): FleetUpgradeStatus {
  const start = startStatus(of, four, NOW);
  const finishedAt = '2026-05-05T11:59:00Z';
  const targets = start.targets.map((target, i): FleetTarget => {
    const phase = phases[i] ?? 'Pending';
    return { ...target, phase, ...(phase === 'Done' && { finishedAt }) };
  });
  return summarised(of, { ...start, targets });
}

/** Names of what begins now. */
function due(of: FleetUpgradeSpec, phases: FleetTarget['phase'][], clusters = four): string[] {
  const find = (name: string) => clusters.find(({ metadata }) => metadata.name === name);
  return dueTargets(of, statusWith(of, ...phases), find, NOW).targets.map((target) => target.cluster);
}

describe('the upgrade of a fleet', () => {
  it('begins a wave when the one before is through, as many as may be under way', () => {
    expect(due(spec(), [])).toEqual(['a', 'b']);
    expect(due(spec({}, { maxInFlight: 1 }), ['Upgrading'])).toEqual([]);
    expect(due(spec(), ['Done', 'Upgrading'])).toEqual([]);
    expect(due(spec(), ['Done', 'Skipped'])).toEqual(['c', 'd']);
  });

  it('watches a wave for a while before the next', () => {
    const patient = spec({}, { betweenWavesSeconds: 3600 });
    const { targets, nextAt } = dueTargets(
      patient,
      statusWith(patient, 'Done', 'Done'),
      () => undefined,
      NOW,
    );
    expect(targets).toEqual([]);
    expect(nextAt?.toISOString()).toBe('2026-05-05T12:59:00.000Z');
    expect(due(spec({}, { betweenWavesSeconds: 60 }), ['Done', 'Done'])).toEqual(['c', 'd']);
  });

  it('begins none after too many failures; those under way go on', () => {
    expect(due(spec(), ['Failed', 'Upgrading'])).toEqual([]);
    expect(due(spec({}, { stopAfterFailures: 2 }), ['Failed', 'Done'])).toEqual(['c', 'd']);
  });

  it('goes on past a cluster whose window cannot be read', () => {
    const broken = { windows: [{ start: '0 25 * * *', durationMinutes: 60 }] };
    expect(due(spec(), [], [cluster('a', broken), ...four.slice(1)])).toEqual(['b']);
  });

  it('leaves alone clusters whose windows are shut, and tells when the next one opens', () => {
    const some = [cluster('a', NIGHTS), ...four.slice(1)];
    expect(due(spec(), [], some)).toEqual(['b']);
    expect(due(spec({ ignoreClusterWindows: true }), [], some)).toEqual(['a', 'b']);
    const status = statusWith(spec());
    const found = dueTargets(spec({ maintenance: NIGHTS }), status, () => undefined, NOW);
    expect(found).toMatchObject({ targets: [], nextAt: new Date('2026-05-06T02:00:00Z') });
    expect(found.message).toMatch(/opens at 2026-05-06T02:00/);
  });

  it.each<[FleetUpgradeSpec['command'], FleetTarget['phase'][], FleetUpgradeStatus['phase'], string]>([
    ['Run', ['Done', 'Upgrading'], 'Running', '1/4'],
    ['Run', ['Done', 'Failed'], 'Stopped', '2/4'],
    ['Run', ['Failed', 'TakingBack'], 'Running', '1/4'],
    ['Run', ['Done', 'Done', 'Skipped', 'Unchanged'], 'Succeeded', '4/4'],
    ['Run', ['Done', 'Done', 'Done', 'Failed'], 'Failed', '4/4'],
    ['Pause', ['Done', 'Upgrading'], 'Running', '1/4'],
    ['Pause', ['Done', 'Done'], 'Paused', '2/4'],
    ['Abort', ['Done', 'Upgrading'], 'Aborting', '1/4'],
    ['Abort', ['Done', 'Done'], 'Aborted', '2/4'],
  ])('told to %s with %j is %s', (command, phases, phase, progress) => {
    expect(statusWith(spec({ command }), ...phases)).toMatchObject({ phase, progress });
  });
});
