import { measure } from '../../backup/archive.js';
import type { SnapshotFacts } from '../../backup/snapshot-file.js';
import { messageOf } from '../../core/errors.js';
import { goOn, stop, type StepResult, wait } from '../../kube/steps.js';
import type { Backup } from '../../model/backup.js';
import type { Comparison } from '../../model/operation.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { transferMs } from './deadline.js';
import { findRestoredBackup, jobPrefix, restoreOperation } from './restore-scope.js';

/**
 * When the restore asks for it: what etcd holds is what the backup says it held, key by key. The API servers are held
 * back until this is known, since they write as soon as they start.
 */
export const compareData: ClusterStep = {
  name: 'CompareData',
  run(scope) {
    const { spec, status } = restoreOperation(scope);
    if (!spec.restore?.compare) return goOn;
    if (status?.comparison) return verdictOf(status.comparison);
    const backup = findRestoredBackup(scope);
    if (!backup)
      return stop('BackupNotFound', 'the backup was deleted meanwhile: there is nothing to compare with');
    const { jobs, requeue } = scope.services;
    const job = jobs.poll(`${jobPrefix(scope)}compare`, contentOf(scope, backup), () => requeue(scope.name));
    switch (job.state) {
      case 'running':
        return wait('ComparingData', 'the keys in etcd are compared with the backup');
      case 'failed':
        return stop('ComparisonFailed', messageOf(job.error));
      case 'done':
        scope.comparison = comparisonOf(backup, job.value);
        return wait('ComparingData', 'the keys in etcd are compared with the backup', scope.now.getTime());
    }
  },
};

/** Whether the API servers must not start yet. */
export function isComparing({ operation }: ClusterScope): boolean {
  return operation?.spec.restore?.compare === true && operation.status?.comparison === undefined;
}

export function isSame({ keys, contentDigest, expectedKeys, expectedContentDigest }: Comparison): boolean {
  return keys === expectedKeys && contentDigest === expectedContentDigest;
}

function contentOf({ namespace, services }: ClusterScope, backup: Backup) {
  const limitMs = transferMs(backup.status?.sizeBytes ?? 0);
  const { scratchDir } = services.installation.backup;
  return (forgotten: AbortSignal): Promise<SnapshotFacts> => {
    const signal = AbortSignal.any([forgotten, AbortSignal.timeout(limitMs)]);
    return services.etcd.within(namespace, 0, (member) =>
      measure(member.snapshot(signal), scratchDir, signal),
    );
  };
}

function comparisonOf({ status }: Backup, { keys, contentDigest }: SnapshotFacts): Comparison {
  return {
    keys,
    contentDigest,
    expectedKeys: status?.keys ?? 0,
    expectedContentDigest: status?.contentDigest ?? '',
  };
}

function verdictOf(comparison: Comparison): StepResult {
  if (isSame(comparison)) return goOn;
  const { keys, expectedKeys } = comparison;
  return stop(
    'RestoreMismatch',
    `etcd holds ${keys} keys after the restore, the backup ${expectedKeys}, and not all with the same values`,
  );
}
