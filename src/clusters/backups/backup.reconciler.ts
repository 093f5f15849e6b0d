import { type Stage, SnapshotArchive, locationOf } from '../../backup/archive.js';
import type { Workload } from '../../control-plane/component.js';
import { memberNames } from '../../control-plane/etcd/members.js';
import { BerthError, messageOf } from '../../core/errors.js';
import { isConflict, isNotFound } from '../../kube/kube-error.js';
import { resources } from '../../kube/resources.js';
import { done, type ReconcileContext, type ReconcileResult, timeoutOf } from '../../kube/runner.js';
import { keyOf, refOf } from '../../kube/types.js';
import { PRIORITY } from '../../kube/work-queue.js';
import type { Backup, BackupStatus } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { berthResources } from '../../model/kinds.js';
import { finalizers } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from '../../operations/timeline.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { newestFirst, observe } from '../etcd/observation.js';
import type { ClusterServices } from '../scope.js';

const ATTEMPTS = 3;
const RETRY_MS = 2_000;
/** Until the caches have what was written. */
const STALE_MS = 50;
/** A store that is away must not keep a deleted cluster's namespace for ever. */
const DELETE_PATIENCE_MS = 10 * 60_000;
const DELETE_RETRY_MS = 15_000;
/** A store that hangs must not keep others' backups waiting. */
const DELETE_MS = 60_000;

interface Attempt {
  archive: SnapshotArchive;
  location: string;
  signal: AbortSignal;
  timeline: Timeline;
}

/** Makes the snapshot that a Backup asks for, once; and removes it with the Backup. */
export class BackupReconciler {
  readonly #records: OperationRecords;
  /** When the next attempt may begin: what an attempt writes brings its Backup here again at once. */
  readonly #notBefore = new Map<string, number>();

  constructor(private readonly services: ClusterServices) {
    this.#records = new OperationRecords(services.client, () => this.#now());
  }

  /** @param key `namespace/name` of a Backup. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<ReconcileResult> {
    const { client, world } = this.services;
    const backup = world.find(berthResources.Backup, refOf(key));
    if (!backup) {
      this.#notBefore.delete(key);
      return done;
    }
    if (backup.metadata.deletionTimestamp) return this.#remove(backup, signal);
    if (!isToBeMade(backup)) return this.#close(backup);
    const { namespace = '', finalizers: present = [], resourceVersion } = backup.metadata;
    if (!present.includes(finalizers.backup)) {
      const metadata = { finalizers: [...present, finalizers.backup], resourceVersion };
      await client.patch(berthResources.Backup, backup.metadata, { metadata });
      return { kind: 'requeue', afterMs: STALE_MS };
    }
    const cluster = world.find(berthResources.Cluster, { namespace, name: backup.spec.cluster });
    if (!cluster || cluster.metadata.deletionTimestamp) return done;
    const restMs = (this.#notBefore.get(key) ?? 0) - this.services.clock.monotonic();
    return restMs > 0 ? { kind: 'requeue', afterMs: restMs } : this.#attempt(backup, cluster, signal);
  }

  /** A record ends after its Backup: a crash between the two leaves it open. Read anew, as the cache may be behind. */
  async #close(backup: Backup): Promise<ReconcileResult> {
    const { client, world } = this.services;
    const { state, message } = backup.status ?? {};
    const record = world.find(berthResources.Operation, identityOf(backup));
    if ((state !== 'Succeeded' && state !== 'Failed') || !record || isFinished(record.status)) return done;
    const live = await client.find(berthResources.Operation, record.metadata);
    if (live?.status && !isFinished(live.status))
      await this.#records.write(live, finishTimeline(live.status, state, this.#now(), message));
    return done;
  }

  async #attempt(backup: Backup, cluster: Cluster, signal: AbortSignal): Promise<ReconcileResult> {
    const attempts = (backup.status?.attempts ?? 0) + 1;
    const startedAt = backup.status?.startedAt ?? this.#now().toISOString();
    const begun: BackupStatus = { state: 'Running', startedAt, attempts };
    try {
      await this.#write(backup, begun, backup.metadata.resourceVersion);
    } catch (error) {
      // The cache is behind: an attempt may have succeeded, and must not be made again.
      if (isConflict(error)) return { kind: 'requeue', afterMs: STALE_MS };
      throw error;
    }
    const timeline = new Timeline(this.#records, await this.#records.start(identityOf(backup)), () =>
      this.#now(),
    );
    try {
      const archive = await SnapshotArchive.open(this.services.installation.backup);
      const place = placeOf(backup, cluster, archive);
      // Known before anything is stored: what an attempt leaves behind goes with the Backup.
      await this.#write(backup, { ...begun, ...place });
      const made = await this.#make(cluster, { archive, location: place.location, signal, timeline });
      const finishedAt = this.#now().toISOString();
      await this.#write(backup, {
        ...begun,
        ...place,
        ...made,
        state: 'Succeeded',
        finishedAt,
        verifiedAt: finishedAt,
      });
      await timeline.finish('Succeeded');
      return done;
    } catch (error) {
      const timeout = timeoutOf(signal);
      if (signal.aborted && !timeout) throw error;
      return this.#failed(backup, begun, timeline, timeout ?? error);
    }
  }

  async #failed(
    backup: Backup,
    begun: BackupStatus,
    timeline: Timeline,
    error: unknown,
  ): Promise<ReconcileResult> {
    const message = messageOf(error);
    const reason = error instanceof BerthError ? error.code : 'BackupFailed';
    this.services.log.warn(
      { backup: backup.metadata.name, cluster: backup.spec.cluster, error },
      'backup failed',
    );
    if (isTransient(error) && (begun.attempts ?? 0) < ATTEMPTS) {
      await timeline.wait(reason, message);
      await this.#write(backup, { ...begun, reason, message });
      this.#notBefore.set(keyOf(backup), this.services.clock.monotonic() + RETRY_MS);
      return { kind: 'requeue', afterMs: RETRY_MS };
    }
    const finishedAt = this.#now().toISOString();
    await this.#write(backup, { ...begun, state: 'Failed', reason, message, finishedAt });
    await timeline.finish('Failed', message);
    return done;
  }

  async #make(
    cluster: Cluster,
    { archive, location, signal, timeline }: Attempt,
  ): Promise<Partial<BackupStatus>> {
    const { namespace = '' } = cluster.metadata;
    const members = await this.#membersOf(namespace);
    const facts = await this.services.etcd.withinAny(namespace, members, async (member) =>
      archive.save(member.snapshot(signal), location, signal, (stage) => timeline.enter(stage)),
    );
    const { kubernetesVersion, etcdVersion } = cluster.status?.pinned ?? {};
    return { ...facts, keyID: archive.keyID, kubernetesVersion, etcdVersion };
  }

  /** Those whose data is newest first: a member that is away must not keep what the others have from being saved. */
  async #membersOf(namespace: string): Promise<string[]> {
    const { etcd, world } = this.services;
    const workload = world.find(resources.StatefulSet, { namespace, name: ETCD_SERVICE }) as
      Workload | undefined;
    const members = memberNames(workload?.spec.replicas ?? 1);
    return newestFirst(await observe(etcd, namespace, { members, quotaBytes: 0 }));
  }

  /** What is in the store goes first; a store that stays away loses the backup's record all the same. */
  async #remove(backup: Backup, signal: AbortSignal): Promise<ReconcileResult> {
    const { client, clock, installation, log } = this.services;
    const { metadata, status } = backup;
    if (!metadata.finalizers?.includes(finalizers.backup)) return done;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(DELETE_MS)]);
      if (status?.location)
        await (await SnapshotArchive.open(installation.backup)).delete(status.location, limited);
    } catch (error) {
      if (clock.now() - Date.parse(metadata.deletionTimestamp ?? '') < DELETE_PATIENCE_MS) {
        log.warn(
          { backup: metadata.name, location: status?.location, error },
          'the store does not delete a snapshot',
        );
        return { kind: 'requeue', afterMs: DELETE_RETRY_MS };
      }
      log.error({ location: status?.location, error }, 'a snapshot stays in the store for good');
    }
    const rest = metadata.finalizers.filter((finalizer) => finalizer !== finalizers.backup);
    const patch = { metadata: { finalizers: rest, resourceVersion: metadata.resourceVersion } };
    await client.patch(berthResources.Backup, metadata, patch);
    return done;
  }

  /** @param resourceVersion the one that must be live; none unless told, as nobody else writes once an attempt has begun. */
  async #write(backup: Backup, status: BackupStatus, resourceVersion?: string): Promise<void> {
    // A merge patch drops only what is null.
    const { reason = null, message = null } = status;
    const patch = { metadata: { resourceVersion }, status: { ...status, reason, message } };
    try {
      await this.services.client.patch(berthResources.Backup, backup.metadata, patch, {
        subresource: 'status',
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}

/** Keeps the record of one operation while its stages go by. */
class Timeline {
  #stage?: { name: Stage; startedMs: number };

  constructor(
    private readonly records: OperationRecords,
    private operation: Operation,
    private readonly now: () => Date,
  ) {}

  async enter(name: Stage): Promise<void> {
    const nowMs = this.now().getTime();
    const before = this.#stage;
    this.#stage = { name, startedMs: nowMs };
    await this.#advance([
      ...(before ? [{ ...before, state: 'Done' as const, endedMs: nowMs }] : []),
      { name, state: 'Running' as const, startedMs: nowMs, endedMs: nowMs },
    ]);
  }

  async wait(reason: string, message: string): Promise<void> {
    const { name, startedMs } = this.#current();
    await this.#advance([{ name, state: 'Waiting', startedMs, endedMs: startedMs, reason, message }]);
  }

  async finish(state: 'Succeeded' | 'Failed', message?: string): Promise<void> {
    const { name, startedMs } = this.#current();
    const endedMs = this.now().getTime();
    const stepState = state === 'Succeeded' ? 'Done' : 'Failed';
    await this.#advance([{ name, state: stepState, startedMs, endedMs, message }]);
    const { status } = this.operation;
    if (status) {
      this.operation = await this.records.write(
        this.operation,
        finishTimeline(status, state, this.now(), message),
      );
    }
  }

  #current(): { name: Stage; startedMs: number } {
    return this.#stage ?? { name: 'TakeSnapshot', startedMs: this.now().getTime() };
  }

  async #advance(reports: Parameters<typeof advanceTimeline>[1]): Promise<void> {
    const status = this.operation.status ?? startTimeline(this.now());
    if (isFinished(status)) return;
    this.operation = await this.records.write(this.operation, advanceTimeline(status, reports));
  }
}

/** Not yet made, and ours to make: whoever imports one writes its status too. */
function isToBeMade({ spec, status }: Backup): boolean {
  return status?.state !== 'Succeeded' && status?.state !== 'Failed' && spec.reason !== 'Import';
}

function identityOf({ metadata, spec }: Backup) {
  return {
    name: `backup-${metadata.name}`,
    namespace: metadata.namespace ?? '',
    tenant: metadata.labels?.['berth.dev/tenant'] ?? '',
    spec: {
      type: 'Backup' as const,
      cluster: spec.cluster,
      cause: { user: spec.requestedBy ?? 'berth', reason: spec.description ?? spec.reason },
    },
  };
}

function placeOf(backup: Backup, { metadata }: Cluster, { storeName: store }: SnapshotArchive) {
  const { uid = '' } = metadata;
  const location = locationOf({ cluster: backup.spec.cluster, uid, backup: backup.metadata.name });
  return { clusterUID: uid, store, location };
}

/** Somebody waits for all but those of a schedule. */
export function backupPriority({ spec }: Backup): number {
  return spec.reason === 'Scheduled' ? PRIORITY.low : PRIORITY.normal;
}

function isTransient(error: unknown): boolean {
  return !(error instanceof BerthError) || error.transient;
}
