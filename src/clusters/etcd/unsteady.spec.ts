import { describe, expect, it } from '@jest/globals';
import { memberNames } from '../../control-plane/etcd/members.js';
import { unsteady } from './unsteady.js';

type Input = Parameters<typeof unsteady>[0];
type Pod = Input['pods'][number];

const members = memberNames(3);
const now = new Date('2026-11-21T12:00:00Z');

function pod(
  name: string,
  { ready = true, revision = 'new', deletionTimestamp = '', since = '2026-11-21T11:59:30Z' } = {},
): Pod {
  const labels = { 'controller-revision-hash': revision };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, ...(deletionTimestamp && { deletionTimestamp }) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }] },
  };
}

function workload(observedGeneration = 2): Input['workload'] {
  const metadata = { name: 'etcd', generation: 2 };
  const status = { replicas: 3, observedGeneration, updateRevision: 'new' };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, status };
}

const [first, second, third] = ['etcd-0', 'etcd-1', 'etcd-2'] as const;

describe('the others, before a member is replaced', () => {
  it('are steady while all serve, and when the one that is replaced does not', () => {
    const all = members.map((name) => pod(name));
    expect(unsteady({ workload: workload(), pods: all, now }, members, second)).toEqual([]);
    const away = [pod(first), pod(third)];
    expect(unsteady({ workload: workload(), pods: away, now }, members, second)).toEqual([]);
  });

  it('are waited for while one does not serve, or is going', () => {
    const pods = [pod(first, { ready: false }), pod(second), pod(third, { deletionTimestamp: 'now' })];
    expect(unsteady({ workload: workload(), pods, now }, members, second)).toEqual([first, third]);
    expect(unsteady({ workload: workload(), pods: [], now }, members, second)).toEqual([first, third]);
  });

  it('are waited for while a rolling change is still to come to them', () => {
    const pods = [pod(first, { revision: 'old' }), pod(second, { revision: 'old' }), pod(third)];
    expect(unsteady({ workload: workload(), pods, now }, members, second)).toEqual([first]);
    const all = members.map((name) => pod(name));
    expect(unsteady({ workload: workload(1), pods: all, now }, members, second)).toEqual([first, third]);
  });

  it('are not waited for when the one that is replaced does not come back, and so holds the rolling change up', () => {
    const old = [pod(first, { revision: 'old' }), pod(second, { revision: 'old' })];
    const restarting = [...old, pod(third, { ready: false })];
    expect(unsteady({ workload: workload(), pods: restarting, now }, members, third)).toEqual([
      first,
      second,
    ]);
    const away = [...old, pod(third, { ready: false, since: '2026-11-21T11:50:00Z' })];
    expect(unsteady({ workload: workload(), pods: away, now }, members, third)).toEqual([]);
  });
});
