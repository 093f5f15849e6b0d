import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { packExport, type UnpackedExport, unpackExport } from '../../backup/export-file.js';
import type { ExportRecord } from '../../backup/export-records.js';
import { KeyRing } from '../../backup/key-ring.js';
import { SecretKeyRing } from '../../apps/configs/key-ring.js';
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
import { ExportedRecords } from './exported-records.js';
import { ImportedNamespace } from './imported-namespace.js';
import { ImportedRecords } from './imported-records.js';
import { manifestOf, requestOf } from './manifest.js';
import type { ImportQuery } from './transfer-schemas.js';
import { uploaded } from './uploaded.js';

/** A store that answers slower than this is as good as away. */
const STORE_MS = 10 * 60_000;
/** A file that takes longer than this to arrive never will. */
const UPLOAD_MS = 6 * 3600_000;

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
    // A request that is closed before it is answered takes the answer with it.
    const signal = AbortSignal.timeout(UPLOAD_MS);
    const content = uploaded(file.iterator({ destroyOnReturn: false }), signal);
    await using unpacked = await unpackExport(content, await this.#keys(), settings.scratchDir, signal);
    const records = this.#importedRecords(caller, unpacked, query);
    await records.check(unpacked.manifest.cluster.spec.tenant);
    const contents = new ImportedNamespace(this.client, settings, unpacked, caller.name);
    return await this.clusters.create(caller, requestOf(unpacked.manifest, query), {
      prepare: async (cluster) => {
        await contents.make(cluster, AbortSignal.timeout(STORE_MS));
        await records.make(cluster);
      },
    });
  }

  #importedRecords(caller: Identity, unpacked: UnpackedExport, { instances }: ImportQuery): ImportedRecords {
    const all = () => unpacked.records();
    const chosen = instances === 'true' ? all : () => operationsAmong(all());
    return new ImportedRecords(this.client, this.#keyRing, chosen, caller.name);
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
    const records = new ExportedRecords(this.client, this.views, this.#keyRing, cluster).read();
    const packed = packExport({ manifest, records, snapshotPath: snapshot.path }, current);
    const file = Readable.from(packed, { objectMode: false });
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

  /** The keys of configs, which are others than those of backups. */
  get #keyRing(): SecretKeyRing {
    return new SecretKeyRing(this.client, this.config.namespace);
  }
}

async function* operationsAmong(records: AsyncIterable<ExportRecord>): AsyncGenerator<ExportRecord> {
  for await (const record of records) if (record.kind === 'Operation') yield record;
}
