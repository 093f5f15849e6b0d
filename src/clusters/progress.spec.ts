import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../core/errors.js';
import { failed, goOn, type StepResult, type StepsOutcome, stop, wait } from '../kube/steps.js';
import { clusterSpec, type Cluster } from '../model/cluster.js';
import { reportsOf, setConditions } from './progress.js';
import { ClusterScope, type ClusterServices, type ClusterStep } from './scope.js';

const steps: ClusterStep[] = [
  { name: 'AcceptSpec', condition: 'SpecValid', run: () => goOn },
  { name: 'StartEtcd', condition: 'EtcdReady', run: () => goOn },
  { name: 'StartAPIServer', condition: 'APIServerReady', run: () => goOn },
];

/** The outcome of a pass that ended at the second step with `result`, or went through. */
function outcomeOf(result: StepResult): StepsOutcome {
  const run = result.kind === 'continue' ? steps : steps.slice(0, 2);
  const timings = run.map(({ name }) => ({ name, startedMs: 0, durationMs: 1, result: goOn.kind }));
  return { result, step: result.kind === 'continue' ? undefined : 'StartEtcd', timings };
}

function conditionsAfter(result: StepResult): Record<string, string> {
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace: 'berth-c-demo', generation: 3 },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
  const scope = new ClusterScope(cluster, { clock: { now: () => 0 } } as ClusterServices);
  setConditions(scope, steps, outcomeOf(result));
  return Object.fromEntries(
    (scope.status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

describe('conditions of a cluster after one pass', () => {
  it('is ready when every step went on', () => {
    expect(conditionsAfter(goOn)).toEqual({
      SpecValid: 'True Ready',
      EtcdReady: 'True Ready',
      APIServerReady: 'True Ready',
      Ready: 'True Ready',
      Reconciling: 'False Ready',
      Stalled: 'False Ready',
    });
  });

  it('tells what it waits for, and says nothing of areas it has not come to', () => {
    expect(conditionsAfter(wait('ImagePullBackOff', 'no such image'))).toEqual({
      SpecValid: 'True Ready',
      EtcdReady: 'False ImagePullBackOff',
      Ready: 'False ImagePullBackOff',
      Reconciling: 'True ImagePullBackOff',
      Stalled: 'False ImagePullBackOff',
    });
  });

  it('is stalled, not reconciling, when only a person can help', () => {
    expect(conditionsAfter(stop('AuthorityLost', 'Secret ca is gone'))).toMatchObject({
      Ready: 'False AuthorityLost',
      Reconciling: 'False AuthorityLost',
      Stalled: 'True AuthorityLost',
    });
  });

  it('carries the code of an error', () => {
    const error = new BerthError('KubeForbidden', 'quota exceeded');
    expect(conditionsAfter(failed(error))).toMatchObject({
      EtcdReady: 'False KubeForbidden',
      Reconciling: 'True KubeForbidden',
    });
    expect(reportsOf(outcomeOf(failed(error)))).toMatchObject([
      { name: 'AcceptSpec', state: 'Done' },
      { name: 'StartEtcd', state: 'Failed', reason: 'KubeForbidden', message: 'quota exceeded' },
    ]);
  });
});
