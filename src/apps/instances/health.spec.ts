import { describe, expect, it } from '@jest/globals';
import { healthOf } from './health.js';

const facts = { waitsForConsumer: (name: string | undefined) => name === 'local' };
const object = (apiVersion: string, kind: string, fields: object, metadata: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'x', generation: 2, ...metadata },
  ...fields,
});
const deployment = (spec: object, status: object) =>
  object('apps/v1', 'Deployment', { spec, status: { observedGeneration: 2, ...status } });
const claim = (storageClassName: string, annotations: Record<string, string> = {}) =>
  object(
    'v1',
    'PersistentVolumeClaim',
    { spec: { storageClassName }, status: { phase: 'Pending' } },
    { annotations },
  );
const custom = (conditions: object[]) => object('example.com/v1', 'Thing', { status: { conditions } });
const all = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };

describe(healthOf, () => {
  it.each([
    ['all pods are there', deployment({ replicas: 2 }, all), 'Current'],
    ['it is scaled to none', deployment({ replicas: 0 }, {}), 'Current'],
    [
      'its controller is behind',
      deployment({ replicas: 2 }, { ...all, observedGeneration: 1 }),
      'InProgress',
    ],
    ['no controller has seen it', object('apps/v1', 'Deployment', { spec: {} }), 'InProgress'],
    ['old pods are left', deployment({ replicas: 2 }, { ...all, replicas: 3 }), 'InProgress'],
    ['a pod is not available', deployment({ replicas: 2 }, { ...all, availableReplicas: 1 }), 'InProgress'],
    ['somebody paused it', deployment({ replicas: 2, paused: true }, all), 'Paused'],
    [
      'it took too long',
      deployment(
        { replicas: 2 },
        { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      ),
      'Failed',
    ],
  ])('a Deployment: %s', (_what, given, state) => {
    expect(healthOf(given, facts).state).toBe(state);
  });

  it('a claim that waits for its first pod is not in progress; one that a pod waits for is', () => {
    expect(healthOf(claim('local'), facts).state).toBe('Current');
    expect(healthOf(claim('fast'), facts).state).toBe('InProgress');
    const chosen = claim('local', { 'volume.kubernetes.io/selected-node': 'n1' });
    expect(healthOf(chosen, facts).state).toBe('InProgress');
  });

  it.each([
    [[], 'Current'],
    [[{ type: 'Ready', status: 'True' }], 'Current'],
    [[{ type: 'Ready', status: 'False', message: 'no quota' }], 'InProgress'],
    [[{ type: 'Stalled', status: 'True' }], 'Failed'],
    [
      [
        { type: 'Reconciling', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
      'InProgress',
    ],
  ])('a custom resource by its conditions %j', (conditions, state) => {
    expect(healthOf(custom(conditions), facts).state).toBe(state);
  });

  it('what is being deleted is terminating, whatever it says', () => {
    const given = { ...deployment({ replicas: 2 }, all) };
    const deleted = { ...given, metadata: { ...given.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(healthOf(deleted, facts).state).toBe('Terminating');
  });

  it('a StatefulSet with OnDelete waits for nobody; with a partition only for its part', () => {
    const status = {
      observedGeneration: 2,
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 1,
      currentRevision: 'a',
      updateRevision: 'b',
    };
    const set = (updateStrategy: object) =>
      object('apps/v1', 'StatefulSet', { spec: { replicas: 3, updateStrategy }, status });
    expect(healthOf(set({ type: 'OnDelete' }), facts).state).toBe('Current');
    expect(healthOf(set({ type: 'RollingUpdate' }), facts).state).toBe('InProgress');
    expect(healthOf(set({ rollingUpdate: { partition: 2 } }), facts).state).toBe('Current');
  });
});
