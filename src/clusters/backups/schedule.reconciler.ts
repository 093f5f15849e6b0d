import { newestBackup, scheduledDrill, scheduledWork } from '../../backup/schedule.js';
import { done, type ReconcileResult } from '../../kube/runner.js';
import { type KubeObject, refOf } from '../../kube/types.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION, labels, timeStamp } from '../../model/names.js';
import { isFinished } from '../../operations/timeline.js';
import { expiredRecords } from '../operation-history.js';
import { FIELD_MANAGER, type ClusterServices, withLabels } from '../scope.js';

/** Makes the backups and drills that schedules ask for, and lets go of backups whose time is over. */
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
      if (metadata.deletionTimestamp || this.#isBeingRestored(metadata.name, cluster)) continue;
      await this.services.client.delete(berthResources.Backup, metadata);
    }
    if (work.dueAt) await this.#create(cluster, work.dueAt);
    const nextDrill = await this.#drill(cluster, { since, now });
    await this.#forgetOldRecords(cluster);
    const next = [work.nextAt, nextDrill].flatMap((date) => (date ? [date.getTime()] : []));
    return next.length > 0 ? { kind: 'requeue', afterMs: Math.min(...next) - now.getTime() } : done;
  }

  /** Whether any cluster is being restored from it. */
  #isBeingRestored(backup: string, { metadata }: Cluster): boolean {
    return this.services.world
      .list(berthResources.Operation)
      .filter(({ status }) => !isFinished(status))
      .some(({ spec: { restore } }) => restore?.backup === backup && restore.cluster === metadata.name);
  }

  /** Tries the newest backup out when its time has come; answers when that is next. */
  async #drill(cluster: Cluster, { since, now }: { since: string; now: Date }): Promise<Date | undefined> {
    const { world } = this.services;
    const backups = world.list(berthResources.Backup, cluster.metadata.namespace);
    const drills = world
      .list(berthResources.Operation, cluster.metadata.namespace)
      .filter(({ spec }) => spec.type === 'Drill');
    const times = [
      since,
      ...drills.map(({ metadata }) => metadata.creationTimestamp ?? since),
      ...backups.flatMap(({ status }) => status?.drill?.at ?? []),
    ];
    const last = new Date(Math.max(...times.map((time) => Date.parse(time))));
    const { dueAt, nextAt } = scheduledDrill(cluster.spec.backup ?? {}, { last, now });
    const newest = newestBackup(backups);
    if (!dueAt || !newest) return nextAt;
    await this.#createOnce(scheduledDrillOf(cluster, newest, dueAt), cluster);
    return undefined;
  }

  /** Most records are of what a schedule begins; each status of the cluster brings the next part. */
  async #forgetOldRecords({ metadata }: Cluster): Promise<void> {
    const operations = this.services.world.list(berthResources.Operation, metadata.namespace);
    for (const { metadata: old } of expiredRecords(operations))
      await this.services.client.delete(berthResources.Operation, old);
  }

  /** The name follows from the time, so that one that was made already is found. */
  async #create(cluster: Cluster, dueAt: Date): Promise<void> {
    const { name, namespace } = cluster.metadata;
    const backup = {
      apiVersion: API_VERSION,
      kind: 'Backup',
      metadata: { name: `scheduled-${stampOf(dueAt)}`, namespace },
      spec: { cluster: name, reason: 'Scheduled' },
    };
    await this.#createOnce(backup, cluster);
  }

  async #createOnce(object: KubeObject, cluster: Cluster): Promise<void> {
    await this.services.client.createOnce(withLabels(object, cluster), { fieldManager: FIELD_MANAGER });
  }
}

function scheduledDrillOf({ metadata }: Cluster, backup: Backup, dueAt: Date): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Operation',
    metadata: {
      name: `drill-${stampOf(dueAt)}`,
      namespace: metadata.namespace,
      labels: { [labels.operationType]: 'Drill' },
    },
    spec: {
      type: 'Drill',
      cluster: metadata.name,
      drill: { backup: backup.metadata.name },
      cause: { user: 'berth', reason: 'scheduled' },
    },
  };
}

/** To the minute. */
function stampOf(date: Date): string {
  return timeStamp(date).slice(0, 12);
}
