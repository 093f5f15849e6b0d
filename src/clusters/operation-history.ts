/** Which records of operations stay: those of the cluster itself, and apart from them those of what goes on beside. */
import type { Operation, OperationType } from '../model/operation.js';
import { isFinished } from '../operations/timeline.js';

/** Records of what goes on beside the cluster's own operations: no other supersedes them. */
export const BESIDE: ReadonlySet<OperationType> = new Set(['Backup', 'Drill', 'Defragment', 'ReplaceMember']);

/** Finished records that stay: of the cluster's own operations, and of each type that goes on beside them. */
const KEPT = 50;
const KEPT_BESIDE = 20;
/** Records that go at once, so that no pass is held up by a long history. */
const AT_ONCE = 25;

/** Finished records that nobody needs any more, oldest first; hourly backups push out no record of an upgrade. */
export function expiredRecords(operations: readonly Operation[]): Operation[] {
  const finished = operations.filter(({ status }) => status && isFinished(status));
  const groups = Map.groupBy(finished, ({ spec }) => (BESIDE.has(spec.type) ? spec.type : 'own'));
  const expired = [...groups].flatMap(([group, records]) =>
    records.toSorted(newestFirst).slice(group === 'own' ? KEPT : KEPT_BESIDE),
  );
  return expired.toSorted(newestFirst).toReversed().slice(0, AT_ONCE);
}

function newestFirst(a: Operation, b: Operation): number {
  return createdAt(b).localeCompare(createdAt(a));
}

function createdAt({ metadata }: Operation): string {
  return metadata.creationTimestamp ?? '';
}
