import { expect, it } from '@jest/globals';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { KubeObject, ObjectRef, Resource } from '../../kube/types.js';
import { clusterSpec } from '../../model/cluster.js';
import type { ClusterServices } from '../scope.js';
import { BackupScheduleReconciler } from './schedule.reconciler.js';

const namespace = 'berth-c-demo';
const clock = new ManualClock();
const at = new Date(clock.now() - 60_000).toISOString();

const backup = (name: string, ageMs: number) => ({
  kind: 'Backup',
  metadata: { name, namespace, creationTimestamp: new Date(clock.now() - ageMs).toISOString() },
  spec: { cluster: 'demo', reason: 'Scheduled' },
  status: { state: 'Succeeded' },
});
const restoreOf = (name: string, state: string) => ({
  kind: 'Operation',
  metadata: { name: `restore-${name}`, namespace: 'berth-c-other', creationTimestamp: at },
  spec: { type: 'Restore', cluster: 'other', restore: { backup: name, cluster: 'demo' } },
  status: { state, steps: [] },
});

/** Names of the backups that a pass deletes, of which one is to be kept. */
async function deletedBeside(operations: object[]): Promise<string[]> {
  const cluster = {
    kind: 'Cluster',
    metadata: { name: 'demo', namespace },
    spec: clusterSpec.parse({ version: '1.36.3', backup: { schedule: '0 2 1 1 *', keep: 1 } }),
    status: { initializedAt: at },
  };
  const objects = [backup('new', 1_000), backup('old', 2_000), backup('older', 3_000), ...operations];
  const deleted: string[] = [];
  const services = {
    clock,
    client: { delete: (_resource: Resource, { name }: ObjectRef) => void deleted.push(name) },
    world: {
      find: () => cluster,
      list: ({ kind }: Resource, within?: string) =>
        (objects as KubeObject[]).filter(
          (one) => one.kind === kind && (within === undefined || one.metadata.namespace === within),
        ),
    },
  };
  await new BackupScheduleReconciler(services as unknown as ClusterServices).reconcile(`${namespace}/demo`);
  return deleted.sort();
}

it('lets go of backups beyond those that are kept, but of none that a cluster is being restored from', async () => {
  expect(await deletedBeside([])).toEqual(['old', 'older']);
  expect(await deletedBeside([restoreOf('old', 'Running')])).toEqual(['older']);
  expect(await deletedBeside([restoreOf('old', 'Succeeded')])).toEqual(['old', 'older']);
});
