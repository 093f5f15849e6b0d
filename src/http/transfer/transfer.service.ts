import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { packExport, unpackExport } from '../../backup/export-file.js';
import { KeyRing } from '../../backup/key-ring.js';
import { keptSecrets } from '../../clusters/authorities.js';
import { fetchSnapshot } from '../../clusters/restore/verify-snapshot.js';
import type { Clock } from '../../core/clock.js';
import type { Config } from '../../core/config.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import { BackupService } from '../backups/backup.service.js';
import { ClusterService } from '../clusters/cluster.service.js';
import { requireInitialized } from '../operations/operation-requests.js';
import type { Saved } from '../saved.interceptor.js';
import { CLOCK, CONFIG } from '../tokens.js';
import { Views } from '../views.js';
import { ImportedNamespace } from './imported-namespace.js';
import { manifestOf, requestOf } from './manifest.js';
import type { ImportQuery } from './transfer-schemas.js';

/** A store that answers slower than this is as good as away. */
const STORE_MS = 10 * 60_000;

/** Takes a cluster out of an installation, and brings one in. */
@Injectable()
export class TransferService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly backups: BackupService,
    private readonly clusters: ClusterService,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The file of a cluster with the data of a backup. Throws ClusterNotFound, BackupNotFound (404), BackupNotReady,
   * ClusterNotReady, BackupNotConfigured, and what the store throws.
   */
  async export(caller: Identity, name: string, backupName?: string): Promise<Readable> {
    const namespace = clusterNamespace(name);
    const cluster = await this.views.clusters.read({ namespace, name });
    authorize(caller, 'get', { resource: 'clusters/export', name, tenant: cluster.spec.tenant });
    this.backups.requireStore();
    requireInitialized(cluster);
    const backup = await this.backups.usable(name, backupName);
    const secrets = await Promise.all(keptSecrets.map((secret) => this.#secret(namespace, secret)));
    return this.#pack(cluster, backup, secrets);
  }

  /**
   * Makes a cluster from the file of an export. Throws ExportCorrupted, ExportFormatUnknown (422), BackupKeyUnknown,
   * BackupNotConfigured (409), what the creation of a cluster throws, and what the store throws.
   */
  async import(caller: Identity, file: Readable, query: ImportQuery): Promise<Saved<Cluster>> {
    authorize(caller, 'create', { resource: 'clusters' });
    this.backups.requireStore();
    const { backup: settings } = this.config;
    const signal = AbortSignal.timeout(STORE_MS);
    // A request that is closed before it is answered takes the answer with it.
    const content = file.iterator({ destroyOnReturn: false });
    await using unpacked = await unpackExport(content, await this.#keys(), settings.scratchDir, signal);
    const contents = new ImportedNamespace(this.client, settings, unpacked, caller.name);
    return await this.clusters.create(caller, requestOf(unpacked.manifest, query), {
      prepare: (cluster) => contents.make(cluster, signal),
    });
  }

  async #pack(
    cluster: Cluster,
    backup: Backup,
    secrets: ReturnType<typeof manifestOf>['secrets'],
  ): Promise<Readable> {
    const { current } = await this.#keys();
    const snapshot = await fetchSnapshot(backup, this.config.backup, AbortSignal.timeout(STORE_MS));
    const exportedAt = new Date(this.clock.now()).toISOString();
    const manifest = manifestOf(cluster, { backup, secrets, exportedAt });
    const file = Readable.from(packExport(manifest, snapshot.path, current), { objectMode: false });
    return file.once('close', () => void snapshot[Symbol.asyncDispose]());
  }

  async #secret(namespace: string, name: string) {
    const found = await this.client.find(resources.Secret, { namespace, name });
    if (found) return { name, type: String(found['type']), data: found['data'] as Record<string, string> };
    throw new BerthError('ClusterNotReady', `Secret "${name}" of the cluster is missing.`, {
      status: 409,
      next: 'See what the cluster says: berth cluster describe.',
    });
  }

  #keys(): Promise<KeyRing> {
    return KeyRing.load(this.config.backup.keyFile ?? '');
  }
}
