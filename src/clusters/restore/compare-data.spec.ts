import { expect, it } from '@jest/globals';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import { API_VERSION } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { compareData } from './compare-data.js';

it('ends when the backup was deleted, instead of holding the API servers back for ever', async () => {
  const metadata = { name: 'demo', namespace: 'berth-c-demo' };
  const spec = clusterSpec.parse({ version: '1.36.3' });
  const cluster: Cluster = { apiVersion: API_VERSION, kind: 'Cluster', metadata, spec };
  const services = { world: { find: () => undefined }, clock: { now: () => 0 } };
  const scope = new ClusterScope(cluster, services as unknown as ClusterServices);
  const restore = { backup: 'nightly', cluster: 'demo', compare: true };
  scope.operation = { metadata, spec: { type: 'Drill', cluster: 'demo', restore } } as unknown as Operation;
  const { signal } = new AbortController();
  expect(await compareData.run(scope, signal)).toMatchObject({ kind: 'stop', reason: 'BackupNotFound' });
});
