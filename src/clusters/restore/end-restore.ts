import type { StepsOutcome } from '../../kube/steps.js';
import type { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline } from '../../operations/timeline.js';
import { reportsOf } from '../progress.js';
import type { ClusterScope } from '../scope.js';
import { jobPrefix } from './restore-scope.js';

/**
 * Closes the record of a restore that went through or was refused, and lets its snapshot go. A refusal says nothing
 * of the cluster: it is as it was, and the next pass looks after it as ever. Answers whether it ended. An import that
 * is refused does not end: without its data the cluster must not start, and it is tried again.
 */
export async function endRestore(
  scope: ClusterScope,
  outcome: StepsOutcome,
  records: OperationRecords,
): Promise<boolean> {
  const { operation } = scope;
  const { result } = outcome;
  if (!operation?.spec.restore || !operation.status) return false;
  if (result.kind !== 'stop' && result.kind !== 'continue') return false;
  await scope.services.jobs.forget(jobPrefix(scope));
  if (result.kind === 'continue' || operation.spec.type === 'Import') return false;
  const advanced = advanceTimeline(operation.status, reportsOf(outcome));
  await records.write(
    operation,
    finishTimeline(advanced, 'Failed', scope.now, `${result.reason}: ${result.message}`),
  );
  return true;
}
