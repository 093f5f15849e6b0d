import type { Backup } from '../../model/backup.js';
import { stageLabel } from '../../versions/stages.js';
import { snapshotBefore } from '../restore/back-up-before.js';
import type { ClusterScope } from '../scope.js';

const STEP = 'BackUpBefore';
/** Named like a gate: `skipGates` leaves it out where an upgrade matters more than the way back. */
const GATE = 'BackupFailed';

/**
 * A snapshot before masters move up: once the upgrade is finalised, it may be the only way back. Answers whether to go on;
 * while not, the operation says why.
 */
export async function isBackedUp(scope: ClusterScope): Promise<boolean> {
  const { store, keyFile } = scope.services.installation.backup;
  if (store === undefined || keyFile === undefined) {
    return goOnWith(scope, 'no store for backups is configured: after the soak there is nothing to restore');
  }
  if (scope.cluster.spec.upgrade?.skipGates?.includes(GATE)) return goOnWith(scope, `${GATE} is skipped`);
  const name = `before-${scope.status.operation ?? `generation-${scope.cluster.metadata.generation}`}`;
  const result = await snapshotBefore(scope, name, 'BeforeUpgrade');
  if (result.kind === 'continue') return goOnWith(scope, `backup ${name}`);
  const pending = { step: STEP, reason: GATE, message: '' };
  if (result.kind === 'wait') scope.pending = { ...pending, reason: result.reason, message: result.message };
  if (result.kind === 'stop') {
    const next = `berth backup delete ${scope.name} ${name} has it made again, --skip-gate ${GATE} goes without`;
    scope.pending = { ...pending, message: `${result.message}; ${next}` };
  }
  return false;
}

function goOnWith(scope: ClusterScope, message: string): true {
  scope.notes.push({ name: STEP, stage: stageLabel(scope.stage), message });
  return true;
}

/** The newest snapshot that was taken before an upgrade away from a version. */
export function backupBeforeUpgrade(backups: readonly Backup[], from: string): Backup | undefined {
  return backups
    .filter(
      ({ metadata, spec, status }) =>
        spec.reason === 'BeforeUpgrade' &&
        status?.state === 'Succeeded' &&
        status.kubernetesVersion === from &&
        !metadata.deletionTimestamp,
    )
    .toSorted((a, b) => (b.status?.startedAt ?? '').localeCompare(a.status?.startedAt ?? ''))[0];
}
