import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { Pod } from '../../kube/resources.js';
import type { Json } from '../../kube/types.js';

/**
 * What etcd says as it ends because its volume is not the one it had: it has no data, and is not awaited; or the
 * others know that it was there before.
 */
const LOST = /couldn't find local name|has already been bootstrapped/;

/** Whether a member cannot go on with the volume it has; known from its last words. */
export function hasLostData({ status }: Pick<Pod, 'status'>): boolean {
  const container = status?.containerStatuses?.find(({ name }) => name === 'etcd');
  return container !== undefined && !container.ready && LOST.test(lastWords(container));
}

function lastWords({ state, lastState }: Json<V1ContainerStatus>): string {
  return state?.terminated?.message ?? lastState?.terminated?.message ?? '';
}
