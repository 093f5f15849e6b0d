import { createReadStream } from 'node:fs';
import { SnapshotArchive, locationOf } from '../../backup/archive.js';
import type { UnpackedExport } from '../../backup/export-file.js';
import { stableStringify } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import type { Config } from '../../core/config.js';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { BackupStatus } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, clusterLabels, finalizers } from '../../model/names.js';

const FIELD_MANAGER = 'berth-api';

type KeptSecret = UnpackedExport['manifest']['secrets'][number];

/** What an imported cluster finds in its namespace: its Secrets, and a Backup to start from. */
export class ImportedNamespace {
  constructor(
    private readonly client: KubeClient,
    private readonly settings: Config['backup'],
    private readonly unpacked: UnpackedExport,
    private readonly caller: string,
  ) {}

  /** Makes it; what an attempt that was cut off left is replaced. Throws what the store throws. */
  async make(cluster: Cluster, signal: AbortSignal): Promise<void> {
    const status = await this.#store(cluster, signal);
    for (const secret of this.unpacked.manifest.secrets) await this.#putSecret(cluster, secret);
    await this.#putBackup(cluster, status);
  }

  async #store(cluster: Cluster, signal: AbortSignal): Promise<BackupStatus> {
    const { manifest, path } = this.unpacked;
    const { takenAt, kubernetesVersion, etcdVersion, digest } = manifest.snapshot;
    const archive = await SnapshotArchive.open(this.settings);
    // The cluster has no uid yet. Another import of the same content stores the same.
    const uid = digest.slice(0, 32);
    const location = locationOf({ cluster: cluster.metadata.name, uid, backup: nameOf(cluster) });
    const facts = await archive.save(createReadStream(path), location, signal);
    const { storeName: store, keyID } = archive;
    const times = { startedAt: takenAt, finishedAt: takenAt };
    return { state: 'Succeeded', ...times, ...facts, store, location, keyID, kubernetesVersion, etcdVersion };
  }

  async #putSecret(cluster: Cluster, { name, type, data }: KeptSecret): Promise<void> {
    const metadata = envelope(cluster, name);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type, data, immutable: true };
    if (await this.client.createOnce(secret, { fieldManager: FIELD_MANAGER })) return;
    const found = await this.client.get(resources.Secret, metadata);
    if (stableStringify(found['data']) !== stableStringify(data)) throw taken(metadata.namespace, name);
  }

  async #putBackup(cluster: Cluster, status: BackupStatus): Promise<void> {
    const metadata = { ...envelope(cluster, nameOf(cluster)), finalizers: [finalizers.backup] };
    const spec = { cluster: cluster.metadata.name, reason: 'Import' as const, requestedBy: this.caller };
    const backup = { apiVersion: API_VERSION, kind: 'Backup', metadata, spec };
    await this.client.createOnce(backup, { fieldManager: FIELD_MANAGER });
    await this.client.patch(berthResources.Backup, metadata, { status }, { subresource: 'status' });
  }
}

function envelope({ metadata, spec }: Cluster, name: string) {
  const { namespace = '' } = metadata;
  return { name, namespace, labels: clusterLabels(metadata.name, spec.tenant) };
}

function nameOf({ metadata }: Cluster): string {
  return metadata.annotations?.[annotations.importedFrom] ?? '';
}

/** What is there without its cluster was left by another attempt, with another file. */
function taken(namespace: string, secret: string): BerthError {
  return new BerthError('NamespaceTaken', `The namespace "${namespace}" holds another Secret "${secret}".`, {
    status: 409,
    fields: [{ path: 'name', message: 'its namespace is taken' }],
    next: 'Choose another name, or let an operator remove the namespace.',
  });
}
