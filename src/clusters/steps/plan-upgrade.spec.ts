import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BerthError } from '../../core/errors.js';
import { KubeError } from '../../kube/kube-error.js';
import { goOn } from '../../kube/steps.js';
import { type Cluster, clusterSpec } from '../../model/cluster.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import { ClusterScope, type ClusterServices } from '../scope.js';
import { planUpgrade } from './plan-upgrade.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
let catalogue: ControlPlaneVersion[];

beforeEach(() => {
  catalogue = ['1.36.3', '1.36.4'].map(version);
});

function version(kubernetesVersion: string): ControlPlaneVersion {
  return { metadata: { name: kubernetesVersion }, spec: { kubernetesVersion } } as ControlPlaneVersion;
}

/** A pass over a cluster at 1.36.3 that is to be at `desired`, and whose API server fails with `error`. */
async function passOver(desired: string, error: BerthError): Promise<ClusterScope> {
  const pinned = { kubernetesVersion: '1.36.3', etcdVersion: '3.6.16', revision: 'one', specDigest: 'x' };
  const cluster: Cluster = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'demo', namespace: 'berth-c-demo' },
    spec: clusterSpec.parse({ version: desired }),
    status: { pinned },
  };
  const services = {
    clock: { now: () => NOW },
    world: { list: () => catalogue, find: () => undefined },
    hosted: { open: () => Promise.reject(error) },
    probes: { forget: () => undefined },
  } as unknown as ClusterServices;
  const scope = new ClusterScope(cluster, services);
  expect(await planUpgrade.run(scope, new AbortController().signal)).toEqual(goOn);
  expect(scope.stage).toEqual({ kubernetesVersion: '1.36.3' });
  expect(scope.lookAgainMs).toBe(NOW + 15_000);
  return scope;
}

const unreachable = new KubeError({ reason: 'Unreachable', statusCode: 0, message: 'connection refused' });

describe('an upgrade that cannot be judged holds up nothing but itself', () => {
  it('while the API server does not answer', async () => {
    const { pending } = await passOver('1.36.4', unreachable);
    expect(pending).toEqual({
      step: 'PassGates',
      reason: 'ClusterUnreachable',
      message: 'connection refused',
    });
  });

  it('when the API server refuses', async () => {
    const refusal = new KubeError({ reason: 'Forbidden', statusCode: 403, message: 'no' });
    expect((await passOver('1.36.4', refusal)).pending).toMatchObject({ reason: 'KubeForbidden' });
  });

  it('when the catalogue does not have the version that is asked for', async () => {
    const { pending } = await passOver('1.36.9', unreachable);
    expect(pending).toMatchObject({ reason: 'VersionUnknown' });
    expect(pending?.message).toContain('1.36.9');
  });

  it('when the version that is asked for has expired', async () => {
    const [, asked] = catalogue;
    Object.assign(asked?.spec ?? {}, { channel: 'expired' });
    expect((await passOver('1.36.4', unreachable)).pending).toMatchObject({ reason: 'VersionExpired' });
  });
});
