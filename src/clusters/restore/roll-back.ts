/** A way back that emulation does not have: the data of before the upgrade, under the masters of then. */
import { goOn, stop, wait } from '../../kube/steps.js';
import { minorOf } from '../../versions/stages.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { pinMasters } from '../steps/pin-masters.js';
import { findRestoredBackup, isRestored, isSwapping, restoreOperation } from './restore-scope.js';

/** The request makes the operation first and changes the spec then; one that was broken off between the two ends here. */
const REQUEST_MS = 60_000;

/** The spec asks for the version that the operation goes back to: else the masters would go up again afterwards. */
export const acceptRollback: ClusterStep = {
  name: 'AcceptRollback',
  run(scope) {
    const { metadata, spec } = restoreOperation(scope);
    if (!spec.versions || isSwapping(scope) || isRestored(scope)) return goOn;
    const { to } = spec.versions;
    const backup = findRestoredBackup(scope);
    if (!backup) return stop('BackupNotFound', 'the backup was deleted meanwhile: nothing was touched');
    const has = backup.status?.kubernetesVersion ?? '';
    if (minorOf(has) !== minorOf(to)) {
      return stop('BackupOfOtherVersion', `the backup is of ${has}, not of ${to}: nothing was touched`);
    }
    if (scope.cluster.spec.version === to) return goOn;
    const untilMs = Date.parse(metadata.creationTimestamp ?? '') + REQUEST_MS;
    return scope.services.clock.now() < untilMs
      ? wait('VersionNotAsked', `the spec does not ask for ${to} yet`, untilMs)
      : stop('VersionNotAsked', `the spec does not ask for ${to}: nothing was touched`);
  },
};

/** Everything is stopped and the data is the old one: what starts next is the old version. */
export const takeVersionBack: ClusterStep = {
  name: 'TakeVersionBack',
  run(scope, signal) {
    const { versions } = restoreOperation(scope).spec;
    if (!versions || isBack(scope, versions.to)) return goOn;
    scope.stage = { kubernetesVersion: versions.to };
    delete scope.status.upgrade;
    delete scope.status.previousVersion;
    return pinMasters.run(scope, signal);
  },
};

function isBack({ stage }: ClusterScope, version: string): boolean {
  return stage.kubernetesVersion === version && stage.actsAs === undefined;
}
