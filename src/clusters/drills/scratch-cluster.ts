import { API_VERSION, clusterLabels, clusterNamespace, finalizers, labels } from '../../model/names.js';
import type { Cluster } from '../../model/cluster.js';
import type { Operation } from '../../model/operation.js';

/** Name of the restore in the scratch cluster. */
export const SCRATCH_RESTORE = 'restore-drill';

/** The cluster that a drill restores into: it follows from the operation, so that a repeated start finds it. */
export function scratchName({ metadata }: Operation): string {
  return `drill-${(metadata.uid ?? '').slice(0, 8)}`;
}

/**
 * Like the cluster whose backup is tried out, but for its ways in, its backups, and its patches, which may name what
 * only the namespace of the first has. Pure.
 */
export function scratchCluster(drill: Operation, source: Cluster): Cluster {
  const name = scratchName(drill);
  const { exposure, backup: _backup, patches: _patches, displayName: _displayName, ...same } = source.spec;
  const { host: _host, ...reached } = exposure;
  return {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: {
      name,
      namespace: clusterNamespace(name),
      labels: {
        ...clusterLabels(name, source.spec.tenant),
        [labels.drill]: drill.metadata.name,
        [labels.drillOf]: source.metadata.name,
      },
      finalizers: [finalizers.cluster],
    },
    spec: { ...same, exposure: reached, version: source.status?.pinned?.kubernetesVersion ?? same.version },
  };
}

/** The restore of the drill's backup into the scratch cluster, which compares. Pure. */
export function scratchRestore(drill: Operation, source: Cluster): Operation {
  const cluster = scratchName(drill);
  return {
    apiVersion: API_VERSION,
    kind: 'Operation',
    metadata: {
      name: SCRATCH_RESTORE,
      namespace: clusterNamespace(cluster),
      labels: { ...clusterLabels(cluster, source.spec.tenant), [labels.operationType]: 'Restore' },
    },
    spec: {
      type: 'Restore',
      cluster,
      restore: { backup: drill.spec.drill?.backup ?? '', cluster: source.metadata.name, compare: true },
      cause: { user: drill.spec.cause.user, reason: `drill ${drill.metadata.name}` },
    },
  };
}
