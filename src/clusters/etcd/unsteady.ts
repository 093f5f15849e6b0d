import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node';
import type { Typed } from '../../kube/types.js';

type Pod = Typed<V1Pod>;

/** On pods of a StatefulSet (apps/v1): the revision of the template they were made from. */
const REVISION = 'controller-revision-hash';

/**
 * The other members that do not serve, or are about to be restarted by a rolling change: while there are any, taking one
 * out leaves no majority. A member that does not serve holds a rolling change up by itself (apps/v1, OrderedReady or
 * not), so then nobody else is restarted.
 */
export function unsteady(
  { workload, pods }: { workload: Typed<V1StatefulSet> | undefined; pods: readonly Pod[] },
  members: readonly string[],
  replaced: string,
): string[] {
  const { metadata, status } = workload ?? {};
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const isUpToDate = (pod: Pod) => isSeen && pod.metadata.labels?.[REVISION] === status?.updateRevision;
  const podOf = (member: string) => pods.find(({ metadata: { name } }) => name === member);
  const mayRoll = serves(podOf(replaced));
  return members.filter((member) => {
    const pod = podOf(member);
    const isSteady = pod !== undefined && serves(pod) && (!mayRoll || isUpToDate(pod));
    return member !== replaced && !isSteady;
  });
}

function serves(pod: Pod | undefined): boolean {
  const ready = pod?.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && pod?.metadata.deletionTimestamp === undefined;
}
