import { describe, expect, it } from '@jest/globals';
import { mastersInput } from '../../test/support/masters.js';
import type { Pod } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import type { ComponentName } from './component.js';
import { components, renderControlPlane } from './render.js';
import { componentStatus, type ComponentState, mayBeApplied } from './status.js';

const componentNamed = (name: ComponentName) => components.find((component) => component.name === name)!;
const api = componentNamed('kube-apiserver');
const etcd = componentNamed('etcd');
const desired = { version: '1.36.3', replicas: 2 };

const rendered = renderControlPlane(mastersInput());
const live = (status: Record<string, unknown>, generation = 3, version = '1.36.3'): KubeObject => {
  const object = structuredClone(rendered.get('kube-apiserver')!.at(-1)!);
  const template = (
    object as unknown as { spec: { template: { metadata: { labels: Record<string, string> } } } }
  ).spec.template;
  template.metadata.labels['berth.dev/version'] = version;
  object.metadata.generation = generation;
  return { ...object, status: { observedGeneration: 3, ...status } };
};
const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

const pod = (status: unknown, component: ComponentName = 'kube-apiserver'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${component}-0`, labels: { 'app.kubernetes.io/component': component } },
  status: status as Pod['status'],
});
const containers = (state: unknown, lastState: unknown = {}) => ({
  containerStatuses: [{ name: 'main', state, lastState }],
});
const running = containers({ running: {} });

describe('the status of a component', () => {
  it('is settled when every replica is new and available', () => {
    expect(componentStatus(api, desired, live(all))).toEqual({
      reason: 'Available',
      started: false,
      status: {
        name: 'kube-apiserver',
        version: '1.36.3',
        replicas: 2,
        readyReplicas: 2,
        available: true,
        rolledOut: true,
      },
    });
  });

  it('is NotCreated without a workload', () => {
    expect(componentStatus(api, desired, undefined)).toMatchObject({
      reason: 'NotCreated',
      status: { available: false, rolledOut: false, message: 'Deployment kube-apiserver is not there yet' },
    });
  });

  it.each([
    ['its controller has not seen the change', live(all, 4)],
    ['it is at another version', live(all, 3, '1.35.4')],
    ['an old pod is left', live({ ...all, replicas: 3 })],
    ['a new pod is missing', live({ ...all, updatedReplicas: 1 })],
    ['a new pod is not available', live({ ...all, availableReplicas: 1 })],
  ])('is available but not rolled out while %s', (_why, workload) => {
    expect(componentStatus(api, desired, workload)).toMatchObject({
      reason: 'RollingOut',
      status: { available: true, rolledOut: false },
    });
  });

  it('of etcd is available with a majority of its members', () => {
    const three = { version: '3.6.16', replicas: 3 };
    const available = (availableReplicas: number) =>
      componentStatus(etcd, three, live({ availableReplicas })).status.available;
    expect([1, 2].map(available)).toEqual([false, true]);
  });

  it.each([
    [
      'ImagePullBackOff',
      containers({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } }),
      'pod kube-apiserver-0, container main: Back-off pulling image "x"',
    ],
    [
      'CrashLoopBackOff',
      containers(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { terminated: { exitCode: 1, reason: 'Error' } },
      ),
      'pod kube-apiserver-0, container main: CrashLoopBackOff; it last ended with exit code 1 (Error)',
    ],
    [
      'Unschedulable',
      {
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no memory' },
        ],
      },
      'pod kube-apiserver-0: no memory',
    ],
    ['RollingOut', containers({ waiting: { reason: 'ContainerCreating' } }), '0 of 2 available at 1.36.3'],
  ])('says %s and why', (reason, status, message) => {
    const state = componentStatus(api, desired, live({}), [pod(running, 'etcd'), pod(status)]);
    expect(state).toMatchObject({ reason, status: { message } });
  });

  it('says why no pod could be created', () => {
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
    };
    const state = componentStatus(api, desired, live({ conditions: [failure] }));
    expect(state).toMatchObject({ reason: 'FailedCreate', status: { message: 'exceeded quota' } });
  });
});

describe('the order of components', () => {
  const state = (reason: string, settled: boolean, started: boolean): ComponentState => ({
    reason,
    started,
    status: { name: '', replicas: 1, readyReplicas: 0, available: settled, rolledOut: settled },
  });
  const absent = state('NotCreated', false, false);
  const starting = state('RollingOut', false, true);
  const settled = state('Available', true, true);
  const applied = (states: Partial<Record<ComponentName, ComponentState>>) => {
    const known = new Map(components.map(({ name }) => [name, states[name] ?? absent]));
    return components.filter((component) => mayBeApplied(component, known)).map(({ name }) => name);
  };

  it('begins with etcd alone', () => {
    expect(applied({})).toEqual(['etcd']);
  });

  it('creates the API server once the containers of etcd run', () => {
    expect(applied({ etcd: starting })).toEqual(['etcd', 'kube-apiserver']);
  });

  it('changes a living API server only when etcd is settled', () => {
    expect(applied({ etcd: starting, 'kube-apiserver': settled })).not.toContain('kube-apiserver');
    expect(applied({ etcd: settled, 'kube-apiserver': starting })).toContain('kube-apiserver');
  });

  it('keeps the controller-manager and the scheduler until the API answers', () => {
    expect(applied({ etcd: settled, 'kube-apiserver': starting })).toHaveLength(2);
    expect(applied({ etcd: settled, 'kube-apiserver': settled })).toHaveLength(4);
  });

  it('counts running pods, not promised ones', () => {
    const started = (pods: Pod[]) =>
      componentStatus(etcd, { version: '3.6.16', replicas: 2 }, live({}), pods).started;
    expect(started([pod(running, 'etcd')])).toBe(false);
    expect(started([pod(running, 'etcd'), pod(containers({ waiting: {} }), 'etcd')])).toBe(false);
    expect(started([pod(running, 'etcd'), pod(running, 'etcd')])).toBe(true);
  });
});
