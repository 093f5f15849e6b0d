import { type LocalSnapshot, SnapshotArchive } from '../../backup/archive.js';
import { corrupted } from '../../backup/encryption.js';
import { BerthError, messageOf } from '../../core/errors.js';
import { goOn, stop, wait } from '../../kube/steps.js';
import type { Backup } from '../../model/backup.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import {
  findRestoredBackup,
  haveArrived,
  isRestored,
  isSwapping,
  restoredBackup,
  restorePods,
  snapshotJob,
} from './restore-scope.js';

/** A store that answers slower than this is as good as away. Nothing has been touched by then. */
const FETCH_MS = 10 * 60_000;

/** Before anything is touched: the snapshot is here, whole, and the one that the Backup tells of. */
export const verifySnapshot: ClusterStep = {
  name: 'VerifySnapshot',
  run(scope) {
    // Members that have it already need it no more, however the store is now.
    if (isRestored(scope) || (isSwapping(scope) && haveArrived(restorePods(scope)))) return goOn;
    const backup = isSwapping(scope) ? restoredBackup(scope) : findRestoredBackup(scope);
    if (!backup) return stop('BackupNotFound', 'the backup was deleted meanwhile: nothing was touched');
    if (backup.status?.state !== 'Succeeded') {
      return stop('BackupNotReady', `backup ${backup.metadata.name} holds no snapshot`);
    }
    const job = pollSnapshot(scope, backup);
    switch (job.state) {
      case 'running':
        return wait('VerifyingSnapshot', 'the snapshot is fetched and checked');
      case 'failed':
        return refusal(job.error);
      case 'done':
        scope.snapshot = job.value;
        return goOn;
    }
  },
};

function pollSnapshot(scope: ClusterScope, backup: Backup) {
  const { jobs, installation, requeue } = scope.services;
  const fetch = (signal: AbortSignal): Promise<LocalSnapshot> =>
    fetchSnapshot(backup, installation.backup, AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]));
  return jobs.pollAgain(snapshotJob(scope), fetch, () => requeue(scope.name));
}

/** The snapshot of a Backup, proved to be what the Backup says. */
export async function fetchSnapshot(
  { status }: Backup,
  settings: Parameters<typeof SnapshotArchive.open>[0],
  signal: AbortSignal,
): Promise<LocalSnapshot> {
  const archive = await SnapshotArchive.open(settings);
  const snapshot = await archive.load(status?.location ?? '', signal);
  if (snapshot.facts.digest === status?.digest) return snapshot;
  await snapshot[Symbol.asyncDispose]();
  throw corrupted('its digest is not the one that was recorded');
}

function refusal(error: unknown) {
  return error instanceof BerthError
    ? stop(error.code, error.message)
    : stop('BackupStoreUnavailable', `the snapshot could not be fetched: ${messageOf(error)}`);
}
