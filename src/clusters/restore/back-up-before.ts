import { goOn, stop, wait } from '../../kube/steps.js';
import type { BackupReason } from '../../model/backup.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION, labels } from '../../model/names.js';
import type { StepResult } from '../../kube/steps.js';
import { FIELD_MANAGER, withLabels, type ClusterScope, type ClusterStep } from '../scope.js';
import { lostMajority } from '../etcd/keep-members.js';
import { isRestored, restoreOperation } from './restore-scope.js';

const STEP = 'BackUpBefore';

/**
 * What is there now can be had back. Members that are known to have lost their data have nothing to save, nor has the
 * scratch cluster of a drill, nor an imported cluster before its first start; of those that merely do not answer, nobody
 * knows.
 */
export const backUpBefore: ClusterStep = {
  name: STEP,
  async run(scope) {
    if (isRestored(scope) || isBehindUs(scope) || hasNothing(scope)) return goOn;
    const { name } = restoreOperation(scope).metadata;
    const result = await snapshotBefore(scope, `before-${name}`, 'BeforeRestore');
    if (result.kind !== 'stop' || result.reason !== 'EtcdUnavailable') return result;
    return lostMajority(scope).length > 0 ? goOn : stop(result.reason, withWayOut(scope, result.message));
  },
};

/** A later step has stopped etcd since, and with it the pods that told that the data is lost. */
function isBehindUs(scope: ClusterScope): boolean {
  const { steps = [] } = restoreOperation(scope).status ?? {};
  return steps.some(({ name, state }) => name === STEP && state === 'Done');
}

function withWayOut({ name, namespace }: ClusterScope, message: string): string {
  return (
    `${message.replace(/\.$/, '')}. Nothing was touched. Ask again when a member answers (berth etcd status ${name}); to give its data ` +
    `up, delete the volume claims of etcd and its pods in ${namespace} and ask again`
  );
}

function hasNothing(scope: ClusterScope): boolean {
  const isScratch = scope.cluster.metadata.labels?.[labels.drill] !== undefined;
  return isScratch || restoreOperation(scope).spec.type === 'Import';
}

/**
 * Takes a backup before a risky operation: makes the Backup when it is not there yet, waits for it, stops when it
 * failed. To be called again in each pass.
 */
export async function snapshotBefore(
  scope: ClusterScope,
  name: string,
  reason: BackupReason,
): Promise<StepResult> {
  const backup = scope.find(berthResources.Backup, name);
  switch (backup?.status?.state) {
    case 'Succeeded':
      return goOn;
    case 'Failed':
      return stop(
        backup.status.reason ?? 'BackupFailed',
        `the backup before it failed: ${backup.status.message}`,
      );
    case 'Running':
      return wait('BackingUp', backup.status.message ?? `backup ${name} is being made`);
    case undefined:
      if (!backup) await create(scope, name, reason);
      return wait('BackingUp', `backup ${name} is being made`);
  }
}

async function create(scope: ClusterScope, name: string, reason: BackupReason): Promise<void> {
  const backup = {
    apiVersion: API_VERSION,
    kind: 'Backup',
    metadata: { name, namespace: scope.namespace },
    spec: { cluster: scope.name, reason },
  };
  await scope.services.client.createOnce(withLabels(backup, scope.cluster), { fieldManager: FIELD_MANAGER });
}
