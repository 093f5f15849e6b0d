import { revisionOfPod } from '../../backup/restore-pod.js';
import { goOn } from '../../kube/steps.js';
import { resources } from '../../kube/resources.js';
import { labels } from '../../model/names.js';
import { berthResources } from '../../model/kinds.js';
import { isFinished } from '../../operations/timeline.js';
import type { ClusterStep } from '../scope.js';
import { stopMasters } from '../steps/stop-masters.js';
import { acceptRollback, takeVersionBack } from './roll-back.js';
import { backUpBefore } from './back-up-before.js';
import { restoreData, sendSnapshot } from './restore-data.js';
import { isRestored, restoreOperation, restorePods, STOP_CONTROLLERS } from './restore-scope.js';
import { verifySnapshot } from './verify-snapshot.js';

/** Nothing may write while the data is exchanged. Once it is, the masters that come up are to stay. */
const stopped: readonly ClusterStep[] = [
  stopMasters(STOP_CONTROLLERS, ['kube-controller-manager', 'kube-scheduler']),
  stopMasters('StopAPIServer', ['kube-apiserver']),
  stopMasters('StopEtcd', ['etcd']),
].map((step) => ({ ...step, run: (scope, signal) => (isRestored(scope) ? goOn : step.run(scope, signal)) }));

/** Between the pinning of the masters and their start. */
export const restoreSteps: readonly ClusterStep[] = [
  acceptRollback,
  verifySnapshot,
  backUpBefore,
  ...stopped,
  sendSnapshot,
  restoreData,
  takeVersionBack,
];

/** Where etcd went on, for the next restore to go beyond. */
export const recordRestore: ClusterStep = {
  name: 'RecordRestore',
  run(scope) {
    const { name } = restoreOperation(scope).metadata;
    const [pod] = restorePods(scope);
    if (scope.status.restored?.operation === name || !pod) return goOn;
    const revision = revisionOfPod(pod);
    scope.status.restored = { operation: name, revision, at: scope.now.toISOString() };
    return goOn;
  },
};

/** The pods of restores that have ended. */
export const tidyRestores: ClusterStep = {
  name: 'TidyRestores',
  async run(scope) {
    const { client, world } = scope.services;
    for (const { metadata } of world.list(resources.Pod, scope.namespace)) {
      const operation = metadata.labels?.[labels.restore];
      if (operation === undefined || metadata.deletionTimestamp) continue;
      const found = scope.find(berthResources.Operation, operation);
      if (!found || isFinished(found.status))
        await client.delete(resources.Pod, metadata, { gracePeriodSeconds: 0 });
    }
    return goOn;
  },
};
