import { resources } from '../../kube/resources.js';
import { berthResources } from '../../model/kinds.js';
import type { Operation } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from '../../operations/timeline.js';
import type { ClusterScope } from '../scope.js';
import { hasLostData } from './lost-members.js';

/** The member among these that somebody asked to have replaced. */
export function askedReplacement(scope: ClusterScope, members: readonly string[]): string | undefined {
  if (members.length === 1) return undefined;
  return unfinished(scope.services.world.list(berthResources.Operation, scope.namespace)).find(({ spec }) =>
    members.includes(spec.member ?? ''),
  )?.spec.member;
}

/** Tells those who asked for it how far it is; `waiting` undefined: it is done. */
export async function tellReplacement(scope: ClusterScope, member: string, waiting?: string): Promise<void> {
  const { now, services } = scope;
  const records = new OperationRecords(services.client, () => now);
  const at = { startedMs: now.getTime(), endedMs: now.getTime() };
  const name = `Replace ${member}`;
  for (const operation of unfinished(
    services.world.list(berthResources.Operation, scope.namespace),
    member,
  )) {
    const before = operation.status ?? startTimeline(now);
    if (waiting === undefined) {
      const done = advanceTimeline(before, [{ name, state: 'Done', ...at }]);
      await records.write(operation, finishTimeline(done, 'Succeeded', now));
    } else {
      const report = { name, state: 'Waiting' as const, reason: 'MembersChanging', message: waiting, ...at };
      await records.write(operation, advanceTimeline(before, [report]));
    }
  }
}

/** As the API server has it now: what was replaced already must not be replaced once more because a cache is behind. */
export async function isToBeReplaced(
  { namespace, services: { client } }: ClusterScope,
  member: string,
): Promise<boolean> {
  const pod = await client.find(resources.Pod, { namespace, name: member });
  if (pod && hasLostData(pod)) return true;
  const { items } = await client.list(berthResources.Operation, { namespace });
  return unfinished(items, member).length > 0;
}

function unfinished(operations: readonly Operation[], member?: string): Operation[] {
  return operations.filter(
    ({ spec, status }) =>
      spec.type === 'ReplaceMember' &&
      !isFinished(status) &&
      (member === undefined || spec.member === member),
  );
}
