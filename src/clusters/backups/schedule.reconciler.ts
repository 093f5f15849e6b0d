import { scheduledWork } from '../../backup/schedule.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import { done, type ReconcileResult } from '../../kube/runner.js';
import { refOf } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION } from '../../model/names.js';
import { FIELD_MANAGER, type ClusterServices, withLabels } from '../scope.js';

/** Makes the backups that schedules ask for, and lets go of those whose time is over. */
export class BackupScheduleReconciler {
  constructor(private readonly services: ClusterServices) {}

  /** @param key `namespace/name` of a Cluster. */
  async reconcile(key: string): Promise<ReconcileResult> {
    const { clock, world } = this.services;
    const cluster = world.find(berthResources.Cluster, refOf(key));
    const since = cluster?.status?.initializedAt;
    if (!cluster || cluster.metadata.deletionTimestamp || since === undefined) return done;
    const backups = world.list(berthResources.Backup, cluster.metadata.namespace);
    const now = new Date(clock.now());
    const work = scheduledWork(cluster.spec.backup ?? {}, backups, { since: new Date(since), now });
    for (const { metadata } of work.expired) {
      if (!metadata.deletionTimestamp) await this.services.client.delete(berthResources.Backup, metadata);
    }
    if (work.dueAt) await this.#create(cluster, work.dueAt);
    return work.nextAt ? { kind: 'requeue', afterMs: work.nextAt.getTime() - now.getTime() } : done;
  }

  /** The name follows from the time, so that one that was made already is found. */
  async #create(cluster: Cluster, dueAt: Date): Promise<void> {
    const { name, namespace } = cluster.metadata;
    const stamp = dueAt.toISOString().replaceAll(/\D/g, '').slice(0, 12);
    const backup = {
      apiVersion: API_VERSION,
      kind: 'Backup',
      metadata: { name: `scheduled-${stamp}`, namespace },
      spec: { cluster: name, reason: 'Scheduled' },
    };
    try {
      await this.services.client.create(withLabels(backup, cluster), { fieldManager: FIELD_MANAGER });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
