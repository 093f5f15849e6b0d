import { describe, expect, it } from '@jest/globals';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import { type FleetTarget, fleetUpgradeSpec } from '../../model/fleet-upgrade.js';
import { begun, watched } from './target.js';

const NOW = new Date('2026-05-05T12:00:00Z');
const spec = fleetUpgradeSpec.parse({ version: '1.37.0', cause: { user: 'anna' } });
const stamp = '2026-05-05T11:59:00Z';
const pending: FleetTarget = { cluster: 'demo', wave: 1, phase: 'Pending' };
const upgrading: FleetTarget = {
  ...pending,
  phase: 'Upgrading',
  from: '1.36.3',
  generation: 2,
  startedAt: stamp,
};

function cluster(version: string, status: object = {}): Cluster {
  const pinned = { kubernetesVersion: '1.36.3', etcdVersion: '3.6.16', revision: 'r', specDigest: 'd' };
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace: 'berth-c-demo', generation: 2 },
    spec: clusterSpec.parse({ version }),
    status: { initializedAt: stamp, pinned, ...status },
  };
}
const runs = (kubernetesVersion: string, more: object = {}) => ({
  pinned: { kubernetesVersion, etcdVersion: '3.6.16', revision: 'r', specDigest: 'd', ...more },
});
const condition = (status: string, reason: string, observedGeneration = 2) => ({
  conditions: [
    { type: 'VersionReached', status, reason, message: 'why', observedGeneration, lastTransitionTime: stamp },
  ],
});
const underWay = { from: '1.36.3', to: '1.37.0', startedAt: stamp, stageStartedAt: stamp };
const failed = { attempt: 0, reason: 'ProgressDeadlineExceeded', message: 'not ready', at: stamp };

describe(begun, () => {
  it.each<[string, Cluster | undefined, FleetTarget['phase'], string | undefined]>([
    ['one minor below', cluster('1.36.3'), 'Upgrading', undefined],
    ['there already', cluster('1.37.0', runs('1.37.0')), 'Unchanged', undefined],
    ['a newer one', cluster('1.37.9', runs('1.37.9')), 'Skipped', 'runs 1.37.9, a newer version'],
    ['too far below', cluster('1.35.4', runs('1.35.4')), 'Skipped', 'one minor at a time'],
    ['on its way already', cluster('1.37.0', { upgrade: underWay }), 'Skipped', 'on its way'],
    ['not made yet', cluster('1.36.3', { pinned: undefined }), 'Skipped', 'no masters'],
    ['gone', undefined, 'Skipped', 'gone'],
  ])('of a cluster that is %s', (_what, live, phase, message) => {
    const found = begun(pending, live, spec, NOW);
    expect(found.phase).toBe(phase);
    if (message !== undefined) expect(found.message).toContain(message);
  });
});

describe(watched, () => {
  it.each<[string, Cluster | undefined, FleetTarget['phase'], string | undefined]>([
    ['soaks', cluster('1.37.0', { upgrade: underWay, ...condition('False', 'Soaking') }), 'Upgrading', 'why'],
    ['is there', cluster('1.37.0', runs('1.37.0')), 'Done', undefined],
    ['is made a backup of', cluster('1.37.0', condition('False', 'BackingUp')), 'Upgrading', 'why'],
    ['did not answer', cluster('1.37.0', condition('False', 'ClusterUnreachable')), 'Upgrading', 'why'],
    ['was not looked at yet', cluster('1.37.0', condition('False', 'NodeSkew', 1)), 'Upgrading', 'why'],
    [
      'is held up by a gate',
      cluster('1.37.0', condition('False', 'NodeSkew')),
      'TakingBack',
      'NodeSkew: why',
    ],
    ['is asked for another version', cluster('1.36.3'), 'Failed', 'somebody asked for 1.36.3'],
    [
      'goes back by itself',
      cluster('1.37.0', { upgrade: { ...underWay, failed } }),
      'Upgrading',
      'not ready',
    ],
    [
      'went back by itself',
      cluster('1.37.0', { upgrade: { from: '1.36.3', to: '1.37.0', startedAt: stamp, failed } }),
      'Failed',
      'rolled back: not ready',
    ],
    ['was deleted', undefined, 'Skipped', 'deleted'],
  ])('of a cluster that %s', (_what, live, phase, message) => {
    const found = watched(upgrading, live, spec, NOW);
    expect(found.phase).toBe(phase);
    if (message !== undefined) expect(found.message).toContain(message);
  });

  it('waits for the cluster as it became, where it sees it as it was before it was asked', () => {
    const live = cluster('1.36.3');
    const stale = { ...live, metadata: { ...live.metadata, generation: 1 } };
    expect(watched(upgrading, stale, spec, NOW)).toEqual(upgrading);
  });

  it('leaves a cluster alone that was made anew under the name', () => {
    const live = cluster('1.36.3');
    const metadata = { ...live.metadata, generation: 1, creationTimestamp: '2026-05-05T11:59:30Z' };
    expect(watched(upgrading, { ...live, metadata }, spec, NOW)).toMatchObject({
      phase: 'Skipped',
      message: 'was deleted meanwhile',
    });
  });

  it('takes back what does not begin in time', () => {
    const live = cluster('1.37.0', condition('True', 'Reached', 1));
    expect(watched(upgrading, live, spec, NOW).phase).toBe('Upgrading');
    const late = new Date(NOW.getTime() + 600_000);
    expect(watched(upgrading, live, spec, late)).toMatchObject({ phase: 'TakingBack' });
  });

  it('has failed once what could not be done is not asked for any more', () => {
    const takingBack: FleetTarget = { ...upgrading, phase: 'TakingBack', message: 'NodeSkew: why' };
    expect(watched(takingBack, cluster('1.37.0'), spec, NOW).phase).toBe('TakingBack');
    expect(watched(takingBack, cluster('1.36.3'), spec, NOW)).toMatchObject({
      phase: 'Failed',
      message: 'NodeSkew: why',
    });
  });
});
