/** What an export tells of a cluster, and the request that makes the cluster again. Pure. */
import type { ExportManifest } from '../../backup/export-file.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { annotations, GROUP, labels } from '../../model/names.js';
import type { ClusterCreation } from '../schemas.js';
import type { ImportQuery } from './transfer-schemas.js';

export function manifestOf(
  { metadata, spec, status }: Cluster,
  {
    backup,
    secrets,
    exportedAt,
  }: Pick<ExportManifest, 'secrets' | 'exportedAt'> & {
    backup: Backup;
  },
): Omit<ExportManifest, 'format'> {
  const {
    startedAt: takenAt = exportedAt,
    digest = '',
    kubernetesVersion,
    etcdVersion,
  } = backup.status ?? {};
  const { host = spec.exposure.host, internalPort, agentPort } = status?.endpoint ?? {};
  return {
    exportedAt,
    cluster: {
      name: metadata.name,
      labels: ownersOnly(metadata.labels),
      annotations: ownersOnly(metadata.annotations),
      spec: { ...spec, exposure: { ...spec.exposure, host } },
    },
    nodePorts: [internalPort, agentPort].filter((port) => port !== undefined),
    snapshot: { takenAt, digest, kubernetesVersion, etcdVersion },
    secrets,
  };
}

/** The masters are of the version whose data they get. The name of the backup follows from its content. */
export function requestOf(
  { cluster, snapshot, nodePorts }: ExportManifest,
  { name = cluster.name, host = cluster.spec.exposure.host }: ImportQuery,
): ClusterCreation {
  const { spec } = cluster;
  return {
    metadata: {
      name,
      labels: cluster.labels,
      annotations: {
        ...cluster.annotations,
        [annotations.importedFrom]: importName(snapshot.digest),
        [annotations.importedPorts]: nodePorts.join(' '),
      },
    },
    spec: {
      ...spec,
      version: snapshot.kubernetesVersion ?? spec.version,
      exposure: { ...spec.exposure, host },
    },
  };
}

function importName(digest: string): string {
  return `import-${digest.slice(0, 12)}`;
}

/** What people put on the cluster, without what Berth and kubectl did. */
function ownersOnly(all: Record<string, string> = {}): Record<string, string> {
  const ours = (key: string) => key.startsWith(`${GROUP}/`) || key === labels.managedBy;
  const entries = Object.entries(all).filter(
    ([key]) => !ours(key) && !key.startsWith('kubectl.kubernetes.io/'),
  );
  return Object.fromEntries(entries);
}
