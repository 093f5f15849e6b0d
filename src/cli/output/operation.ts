import type { Operation } from '../../model/operation.js';
import { table } from './table.js';

/** The operation begun last. */
export function newestOf(operations: readonly Operation[]): Operation | undefined {
  const begun = ({ metadata, status }: Operation) => status?.startedAt ?? metadata.creationTimestamp ?? '';
  return operations.toSorted((a, b) => begun(b).localeCompare(begun(a)))[0];
}

/** The timeline of an operation: each step with its state, how long it took, and why it waits or failed. */
export function operationSteps({ status }: Operation): string {
  const rows = (status?.steps ?? []).map(
    ({ name, stage, state, startedAt, finishedAt, reason = '', message = '' }) => [
      stage === undefined ? name : `${name} (${stage})`,
      state,
      finishedAt === undefined
        ? ''
        : `${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)}s`,
      reason,
      message,
    ],
  );
  return table(['STEP', 'STATE', 'TOOK', 'REASON', 'MESSAGE'], rows);
}
