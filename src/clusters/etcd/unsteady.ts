import type { V1StatefulSet } from '@kubernetes/client-node';
import type { Pod } from '../../kube/resources.js';
import type { Typed } from '../../kube/types.js';

/** On pods of a StatefulSet (apps/v1): the revision of the template they were made from. */
const REVISION = 'controller-revision-hash';

/** A member that serves no more for this long is not just being restarted. */
const AWAY_MS = 2 * 60_000;

/**
 * The other members that do not serve, or are about to be restarted by a rolling change: while there are any, taking one
 * out leaves no majority. A member that does not come back holds a rolling change up by itself (StatefulSets wait for each
 * pod), so then nobody else is restarted.
 */
export function unsteady(
  { workload, pods, now }: { workload: Typed<V1StatefulSet> | undefined; pods: readonly Pod[]; now: Date },
  members: readonly string[],
  replaced: string,
): string[] {
  const { metadata, status } = workload ?? {};
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const isUpToDate = (pod: Pod) => isSeen && pod.metadata.labels?.[REVISION] === status?.updateRevision;
  const podOf = (member: string) => pods.find(({ metadata: { name } }) => name === member);
  const mayRoll = !isAway(podOf(replaced), now);
  return members.filter((member) => {
    const pod = podOf(member);
    const isSteady = pod !== undefined && serves(pod) && (!mayRoll || isUpToDate(pod));
    return member !== replaced && !isSteady;
  });
}

function serves(pod: Pod): boolean {
  return readiness(pod)?.status === 'True' && pod.metadata.deletionTimestamp === undefined;
}

function isAway(pod: Pod | undefined, now: Date): boolean {
  if (!pod || serves(pod)) return false;
  const since = readiness(pod)?.lastTransitionTime ?? pod.metadata.creationTimestamp;
  return since !== undefined && now.getTime() - Date.parse(since) >= AWAY_MS;
}

function readiness({ status }: Pod) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}
