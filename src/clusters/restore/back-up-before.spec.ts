import { describe, expect, it } from '@jest/globals';
import { goOn } from '../../kube/steps.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import type { BackupStatus } from '../../model/backup.js';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import type { Operation, OperationStatus } from '../../model/operation.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { backUpBefore } from './back-up-before.js';

const namespace = 'berth-c-demo';
const LOST = {
  terminated: { exitCode: 1, message: 'member 8e9e05c52164694d has already been bootstrapped' },
};

interface World {
  backup: Partial<BackupStatus>;
  /** State of the container of etcd in the pods there are. */
  pods?: object[];
  steps?: OperationStatus['steps'];
}

function scopeOf({ backup, pods = [], steps = [] }: World): ClusterScope {
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
  const objects = new Map<string, object>([
    ['Backup before-restore-1', { metadata: { name: 'before-restore-1' }, status: backup }],
    ...pods.map((state, ordinal): [string, object] => [
      `Pod etcd-${ordinal}`,
      { status: { containerStatuses: [{ name: 'etcd', ready: false, state }] } },
    ]),
  ]);
  const find = ({ kind }: Resource, { name }: { name: string }) => objects.get(`${kind} ${name}`);
  const scope = new ClusterScope(cluster, { world: { find } } as unknown as ClusterServices);
  scope.operation = {
    metadata: { name: 'restore-1', namespace },
    spec: { type: 'Restore', cluster: 'demo', restore: { backup: 'nightly', cluster: 'demo' } },
    status: { state: 'Running', steps },
  } as unknown as Operation;
  scope.masters = new Map([['etcd', [statefulSet(Math.max(1, pods.length))]]]);
  return scope;
}

const statefulSet = (replicas: number) =>
  ({
    kind: 'StatefulSet',
    spec: { replicas, template: { spec: { containers: [] } } },
  }) as unknown as KubeObject;
const failed = (reason: string): Partial<BackupStatus> => ({ state: 'Failed', reason, message: 'refused.' });
const run = (world: World) => backUpBefore.run(scopeOf(world), new AbortController().signal);

describe('the backup before a restore', () => {
  it('is waited for, and lets the restore go on', async () => {
    expect(await run({ backup: { state: 'Running' } })).toMatchObject({ kind: 'wait', reason: 'BackingUp' });
    expect(await run({ backup: { state: 'Succeeded' } })).toEqual(goOn);
  });

  it('is not given up because etcd does not answer: the restore ends with the way out', async () => {
    for (const pods of [[], [{ running: {} }], [{ waiting: { reason: 'CrashLoopBackOff' } }]]) {
      const result = await run({ backup: failed('EtcdUnavailable'), pods });
      expect(result).toMatchObject({ kind: 'stop', reason: 'EtcdUnavailable' });
      expect(result).toHaveProperty(
        'message',
        expect.stringContaining('failed: refused. Nothing was touched'),
      );
    }
  });

  it('is not to be had when a majority of the members lost the data', async () => {
    const backup = failed('EtcdUnavailable');
    expect(await run({ backup, pods: [LOST] })).toEqual(goOn);
    expect(await run({ backup, pods: [LOST, LOST, { running: {} }] })).toEqual(goOn);
    expect(await run({ backup, pods: [LOST, { running: {} }, { running: {} }] })).toMatchObject({
      kind: 'stop',
    });
  });

  it('stays behind the restore once it went on: etcd is stopped after it', async () => {
    const time = '2026-11-21T12:00:00Z';
    const steps: OperationStatus['steps'] = [{ name: 'BackUpBefore', state: 'Done', startedAt: time }];
    expect(await run({ backup: failed('EtcdUnavailable'), steps })).toEqual(goOn);
  });

  it('that failed for another reason ends the restore', async () => {
    expect(await run({ backup: failed('BackupStoreFull'), pods: [LOST] })).toMatchObject({
      kind: 'stop',
      reason: 'BackupStoreFull',
    });
  });
});
