import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../../core/errors.js';
import { failed, goOn, type StepResult, type StepsOutcome, stop, wait } from '../../kube/steps.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import { labels } from '../../model/names.js';
import type { Operation, OperationSpec, OperationStatus } from '../../model/operation.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { transferMs, withDeadline } from './deadline.js';

const namespace = 'berth-c-demo';
const STOPPED = Date.parse('2026-11-21T12:00:00Z');
const MINUTE_MS = 60_000;
const PULLING = wait('ImagePullBackOff', '0 of 2 members have the snapshot');

interface Restore {
  /** Since the masters were told to stop. */
  afterMs: number;
  type?: OperationSpec['type'];
  progressDeadlineSeconds?: number;
  /** Of the steps that are on record. */
  done?: string[];
  /** Phases of the pods. */
  pods?: string[];
  sizeBytes?: number;
}

const time = new Date(STOPPED).toISOString();
const step = (name: string): OperationStatus['steps'][number] => ({ name, state: 'Done', startedAt: time });

function scopeOf({
  afterMs,
  type = 'Restore',
  progressDeadlineSeconds,
  done = ['StopControllers'],
  ...rest
}: Restore) {
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace },
    spec: clusterSpec.parse({ version: '1.36.3' }),
  };
  const pods = (rest.pods ?? []).map((phase, ordinal) => ({
    metadata: { name: `etcd-${ordinal}-restore`, labels: { [labels.restore]: 'restore-1' } },
    status: { phase },
  }));
  const find = (_resource: Resource, { name }: { name: string }) =>
    pods.find(({ metadata }) => metadata.name === name);
  const services = { world: { find }, clock: { now: () => STOPPED + afterMs } };
  const scope = new ClusterScope(cluster, services as unknown as ClusterServices);
  const restore = { backup: 'nightly', cluster: 'demo', progressDeadlineSeconds };
  scope.operation = {
    metadata: { name: 'restore-1', namespace },
    spec: { type, cluster: 'demo', restore },
    status: { state: 'Running', steps: done.map(step) },
  } as unknown as Operation;
  const replicas = 2;
  const etcd = { kind: 'StatefulSet', spec: { replicas, template: { spec: { containers: [] } } } };
  scope.masters = new Map([['etcd', [etcd as unknown as KubeObject]]]);
  if (rest.sizeBytes !== undefined)
    scope.snapshot = { facts: { sizeBytes: rest.sizeBytes } } as ClusterScope['snapshot'];
  return scope;
}

function outcomeOf(result: StepResult): StepsOutcome {
  return { result, step: 'SendSnapshot', timings: [] };
}

const after = (restore: Restore, result: StepResult = PULLING) =>
  withDeadline(scopeOf(restore), outcomeOf(result)).result;

describe('a restore before its data is exchanged', () => {
  it('says until when it waits, and is looked at again then', () => {
    const scope = scopeOf({ afterMs: MINUTE_MS });
    expect(withDeadline(scope, outcomeOf(PULLING)).result).toMatchObject({
      kind: 'wait',
      reason: 'ImagePullBackOff',
      message: '0 of 2 members have the snapshot; given up at 2026-11-21T12:10:00.000Z',
    });
    expect(scope.lookAgainMs).toBe(STOPPED + 10 * MINUTE_MS);
  });

  it('is given up at the deadline with the reason, whether it waits or fails', () => {
    const refused = failed(new BerthError('StepFailed', 'SendSnapshot: exceeded quota'));
    for (const [result, reason] of [
      [PULLING, 'ImagePullBackOff: 0 of 2'],
      [refused, 'StepFailed: SendSnapshot: exceeded quota'],
    ] as const) {
      expect(after({ afterMs: 10 * MINUTE_MS }, result)).toMatchObject({
        kind: 'stop',
        reason: 'RestoreDeadlineExceeded',
        message: expect.stringContaining(reason) as unknown,
      });
    }
  });

  it('waits as long as it is told to, and longer for a large snapshot', () => {
    expect(after({ afterMs: MINUTE_MS, progressDeadlineSeconds: 30 })).toMatchObject({ kind: 'stop' });
    const sizeBytes = 4 * 1024 * 1024 * 120;
    expect(after({ afterMs: 11 * MINUTE_MS, sizeBytes })).toMatchObject({ kind: 'wait' });
    expect(after({ afterMs: 12 * MINUTE_MS, sizeBytes })).toMatchObject({ kind: 'stop' });
  });

  it('counts whole milliseconds, whatever the size', () => {
    expect(transferMs(602_000)).toBe(10 * MINUTE_MS + 144);
  });

  it('has all the time while its masters run: nothing is taken from anybody', () => {
    expect(after({ afterMs: 60 * MINUTE_MS, done: [] })).toEqual(PULLING);
  });

  it('is not given up when there is nothing to go back to', () => {
    expect(after({ afterMs: 60 * MINUTE_MS, type: 'Import' })).toEqual(PULLING);
  });

  it('ends by itself when a step says so', () => {
    const refusal = stop('RestoreFailed', 'no room on the volume');
    expect(after({ afterMs: MINUTE_MS }, refusal)).toEqual(refusal);
  });
});

describe('a restore whose members may have swapped their data', () => {
  const swapping = { afterMs: 60 * MINUTE_MS, done: ['StopControllers', 'SendSnapshot'] };

  it('is not given up, whatever is in the way, and tells the way out', () => {
    const away = stop('BackupStoreUnavailable', 'the store is away');
    for (const result of [PULLING, away]) {
      for (const pods of [[], ['Succeeded', 'Pending']]) {
        const scope = scopeOf({ ...swapping, pods });
        expect(withDeadline(scope, outcomeOf(result)).result).toMatchObject({
          kind: 'wait',
          message: expect.stringContaining('cannot be taken back') as unknown,
        });
        expect(scope.lookAgainMs).toBeLessThanOrEqual(STOPPED + 61 * MINUTE_MS);
      }
    }
  });

  it('is so also to a pass that ended before it knew the members', () => {
    const scope = scopeOf({ ...swapping, pods: ['Succeeded'] });
    scope.masters = new Map();
    const result = withDeadline(scope, outcomeOf(stop('PlanNotFound', 'there is no Plan'))).result;
    expect(result).toMatchObject({ kind: 'wait', reason: 'PlanNotFound' });
  });

  it('is over when all have', () => {
    const refusal = stop('RestoreMismatch', 'other keys');
    expect(after({ ...swapping, pods: ['Succeeded', 'Succeeded'] }, refusal)).toEqual(refusal);
    expect(after({ ...swapping, done: [...swapping.done, 'RestoreData'] }, refusal)).toEqual(refusal);
    expect(after({ ...swapping, pods: ['Succeeded', 'Succeeded'] }, goOn)).toEqual(goOn);
  });
});
