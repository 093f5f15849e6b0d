import { messageOf } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { goOn, type StepResult, wait } from '../../kube/steps.js';
import { clusterConditions, findCondition, isTrue } from '../../model/conditions.js';
import { connectionBy } from '../hosted-access.js';
import { accessOf } from '../hosted-clusters.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

const type = clusterConditions.reachable;
const SOONEST_MS = 250;
const LATEST_MS = 30_000;
/** Of the time that it has not answered, until it is asked again: nobody waits much longer than needed. */
const WAITED_PART = 1 / 10;
const PATIENCE = { timeoutMs: 3_000, retryAfterBudgetMs: 0 };

/**
 * The API server answers where users dial. Ingress controllers take a route later than they tell, or tell nothing, so
 * it is asked, until it answers for the first time; what happens to the way in afterwards is not the cluster's state.
 * Last of all steps: nothing of the cluster is left undone while the way in is not there.
 */
export const reachEndpoint: ClusterStep = {
  name: 'ReachEndpoint',
  run(scope) {
    if (!scope.services.installation.endpointCheck) {
      scope.setCondition({
        type,
        status: 'Unknown',
        reason: 'NotAsked',
        message: 'this installation does not ask',
      });
      return goOn;
    }
    if (wasReached(scope)) return goOn;
    const { jobs, requeue, clock } = scope.services;
    const { url, host } = scope.status.endpoint ?? {};
    const name = `reach ${scope.cluster.metadata.uid} ${url}`;
    const job = jobs.pollAgain(
      name,
      () => ask(scope),
      () => requeue(scope.name),
    );
    switch (job.state) {
      case 'running':
        return notYet(scope, lastMessage(scope) ?? `${url} is asked whether ${host} answers`);
      case 'failed':
        return notYet(
          scope,
          `${url} does not lead to ${host} yet: ${messageOf(job.error)}`,
          clock.now() + pauseMs(scope),
        );
      case 'done':
        void jobs.forget(name);
        scope.setCondition({ type, status: 'True', reason: 'Reached', message: '' });
        return goOn;
    }
  },
};

/** The longer it has not answered, the less often it is asked: a class that nobody serves stays that way. */
function pauseMs({ status, services: { clock } }: ClusterScope): number {
  const since = findCondition(status.conditions, type)?.lastTransitionTime;
  const ageMs = since === undefined ? 0 : clock.now() - Date.parse(since);
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, ageMs * WAITED_PART));
}

/** So that asking again is no change of the status. */
function lastMessage({ status }: ClusterScope): string | undefined {
  const last = findCondition(status.conditions, type);
  return last?.status === 'False' ? last.message : undefined;
}

function notYet(scope: ClusterScope, message: string, untilMs?: number): StepResult {
  const reason = 'EndpointNotReached';
  scope.setCondition({ type, status: 'False', reason, message });
  return wait(reason, message, untilMs);
}

/** By this very address. A cluster that was ready before anybody asked is not called unready for the question. */
function wasReached({ cluster: { status }, status: { endpoint } }: ClusterScope): boolean {
  const { ready, reachable } = clusterConditions;
  const wasGood = [ready, reachable].some((one) => isTrue(status?.conditions, one));
  return wasGood && status?.endpoint?.url === endpoint?.url;
}

/** With the authority of the kubeconfig that users get: whatever it answers, the way leads to this very cluster. */
async function ask(scope: ClusterScope): Promise<void> {
  const client = new KubeClient(await connectionBy(accessOf(scope, 'endpoint')), PATIENCE);
  try {
    await client.raw({ method: 'GET', path: '/readyz' });
  } finally {
    await client.close();
  }
}
