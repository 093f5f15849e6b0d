import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { newestBackup } from '../../backup/schedule.js';
import type { Clock } from '../../core/clock.js';
import type { Config } from '../../core/config.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION, clusterLabels, clusterNamespace, timeStamp } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { requestDeletion } from '../deletion.js';
import {
  type Exclusion,
  noOtherRestore,
  OperationRequests,
  requireInitialized,
} from '../operations/operation-requests.js';
import { present } from '../resource-view.js';
import { CLOCK, CONFIG } from '../tokens.js';
import { Views } from '../views.js';
import type { BackupRequest, DrillRequest, RestoreRequest } from './backup-schemas.js';

const FIELD_MANAGER = 'berth-api';
const noOtherDrill: Exclusion = {
  isInTheWay: ({ type }) => type === 'Drill',
  what: 'has a drill under way already',
};

/** Backups of hosted clusters, and the way back. The reconcilers do the work. */
@Injectable()
export class BackupService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly requests: OperationRequests,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asks for a backup. Throws ClusterNotFound (404), BackupNotConfigured, ClusterNotReady, BackupExists (409). */
  async create(caller: Identity, cluster: string, request: BackupRequest): Promise<Backup> {
    const live = await this.#cluster(cluster);
    authorize(caller, 'create', { resource: 'backups', name: cluster, tenant: live.spec.tenant });
    this.requireStore();
    requireInitialized(live);
    const { name = `backup-${timeStamp(new Date(this.clock.now()))}`, description, expiresAt } = request;
    const backup: Backup = {
      apiVersion: API_VERSION,
      kind: 'Backup',
      metadata: {
        name,
        namespace: live.metadata.namespace,
        labels: clusterLabels(cluster, live.spec.tenant),
      },
      spec: { cluster, reason: 'OnDemand', requestedBy: caller.name, description, expiresAt },
    };
    const made = await this.#store(backup);
    await this.views.backups.feed.arrival(made);
    return present(made);
  }

  /** Asks for the deletion of a backup and of what it stored. */
  async delete(caller: Identity, cluster: string, name: string, confirm?: string): Promise<Backup> {
    const live = await this.views.backups.read({ namespace: clusterNamespace(cluster), name });
    authorize(caller, 'delete', { resource: 'backups', name });
    return requestDeletion(this.client, berthResources.Backup, live, { confirm, by: caller.name });
  }

  /**
   * Asks for a restore. Throws Forbidden (403), ClusterNotFound, BackupNotFound (404), BackupNotReady,
   * OperationInProgress, ClusterNotReady, BackupNotConfigured (409), ConfirmationRequired (400).
   */
  async restore(caller: Identity, cluster: string, request: RestoreRequest): Promise<Operation> {
    const live = await this.#cluster(cluster);
    authorize(caller, 'create', { resource: 'clusters/restore', name: cluster, tenant: live.spec.tenant });
    this.requireStore();
    requireInitialized(live);
    const source = await this.#source(caller, cluster, request);
    const backup = await this.usable(source, request.backup);
    requireConfirmed(cluster, backup, request.confirm);
    const { progressDeadlineSeconds } = request;
    const asked = {
      type: 'Restore' as const,
      restore: { backup: request.backup, cluster: source, progressDeadlineSeconds },
      cause: { user: caller.name, reason: request.reason },
    };
    return this.requests.make(live, asked, noOtherRestore);
  }

  /**
   * Asks for a backup to be tried out. Throws ClusterNotFound, BackupNotFound (404), BackupNotReady,
   * OperationInProgress, ClusterNotReady, BackupNotConfigured (409).
   */
  async drill(caller: Identity, cluster: string, request: DrillRequest): Promise<Operation> {
    const live = await this.#cluster(cluster);
    authorize(caller, 'create', { resource: 'clusters/drill', name: cluster, tenant: live.spec.tenant });
    this.requireStore();
    requireInitialized(live);
    const backup = await this.usable(cluster, request.backup);
    const asked = {
      type: 'Drill' as const,
      drill: { backup: backup.metadata.name },
      cause: { user: caller.name, reason: request.reason },
    };
    return this.requests.make(live, asked, noOtherDrill);
  }

  /** Whose backup is restored. Of another cluster the caller must be allowed to read it: its data would be in this one. */
  async #source(
    caller: Identity,
    cluster: string,
    { backup, fromCluster = cluster }: RestoreRequest,
  ): Promise<string> {
    if (fromCluster === cluster) return cluster;
    const { spec } = await this.#cluster(fromCluster);
    authorize(caller, 'get', { resource: 'backups', name: backup, tenant: spec.tenant });
    return fromCluster;
  }

  #newest(cluster: string): string {
    const newest = newestBackup(this.views.backups.all().filter(({ spec }) => spec.cluster === cluster));
    if (newest) return newest.metadata.name;
    throw new BerthError('BackupNotFound', `Cluster "${cluster}" has no backup.`, {
      status: 404,
      next: `Make one: berth backup create ${cluster} --wait.`,
    });
  }

  async #store(backup: Backup): Promise<Backup> {
    try {
      return await this.client.create(backup, { fieldManager: FIELD_MANAGER });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      throw new BerthError('BackupExists', `There is a backup "${backup.metadata.name}" already.`, {
        status: 409,
        fields: [{ path: 'name', message: 'is taken' }],
        next: 'Choose another name, or none.',
        cause: error,
      });
    }
  }

  /** A backup that holds a snapshot, the newest unless named. Throws BackupNotFound (404), BackupNotReady (409). */
  async usable(cluster: string, name = this.#newest(cluster)): Promise<Backup> {
    const backup = await this.views.backups.read({ namespace: clusterNamespace(cluster), name });
    if (backup.status?.state === 'Succeeded' && !backup.metadata.deletionTimestamp) return backup;
    throw new BerthError('BackupNotReady', `Backup "${name}" holds no snapshot.`, {
      status: 409,
      next: `See what became of it: berth backup get ${cluster} ${name}.`,
    });
  }

  /** Throws BackupNotConfigured (409). */
  requireStore(): void {
    const { store, keyFile } = this.config.backup;
    if (store !== undefined && keyFile !== undefined) return;
    throw new BerthError('BackupNotConfigured', 'This installation has no place for backups.', {
      status: 409,
      next: 'Set BERTH_BACKUP_STORE and BERTH_BACKUP_KEY_FILE of the service.',
    });
  }

  #cluster(name: string): Promise<Cluster> {
    return this.views.clusters.read({ namespace: clusterNamespace(name), name });
  }
}

function requireConfirmed(cluster: string, { status }: Backup, confirm: string | undefined): void {
  if (confirm === cluster) return;
  const since = status?.startedAt ?? 'then';
  throw new BerthError(
    'ConfirmationRequired',
    `A restore takes cluster "${cluster}" back to ${since}: what was written since is lost.`,
    {
      status: 400,
      fields: [{ path: 'confirm', message: `must be ${cluster}` }],
      next: `Send "confirm": "${cluster}" to go on; a backup of what is there now is made first.`,
    },
  );
}
