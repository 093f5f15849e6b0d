/** A Backup that is deleted while a restore waits to begin: the restore ends, and the cluster is as it was. */
import { expect, it } from '@jest/globals';
import { goOn } from '../../kube/steps.js';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import type { Operation, OperationStatus } from '../../model/operation.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { acceptRollback } from './roll-back.js';
import { SEND_SNAPSHOT } from './restore-scope.js';
import { verifySnapshot } from './verify-snapshot.js';

function scopeOf(
  versions?: { from: string; to: string },
  steps: OperationStatus['steps'] = [],
): ClusterScope {
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace: 'berth-c-demo' },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
  const scope = new ClusterScope(cluster, { world: { find: () => undefined } } as unknown as ClusterServices);
  scope.operation = {
    metadata: { name: 'restore-1', namespace: 'berth-c-demo' },
    spec: { type: 'Restore', cluster: 'demo', restore: { backup: 'nightly', cluster: 'demo' }, versions },
    status: { state: 'Running', steps },
  } as unknown as Operation;
  return scope;
}

const { signal } = new AbortController();
const ended = { kind: 'stop', reason: 'BackupNotFound' };
const versions = { from: '1.37.0', to: '1.36.3' };

it('a restore ends before anything is touched', async () => {
  expect(await verifySnapshot.run(scopeOf(), signal)).toMatchObject(ended);
});

it('so does a rollback', async () => {
  expect(await acceptRollback.run(scopeOf(versions), signal)).toMatchObject(ended);
});

it('a rollback whose members swap their data goes on', async () => {
  const sent = [{ name: SEND_SNAPSHOT, state: 'Done' }] as OperationStatus['steps'];
  expect(await acceptRollback.run(scopeOf(versions, sent), signal)).toEqual(goOn);
});
