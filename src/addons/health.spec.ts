import { describe, expect, it } from '@jest/globals';
import { addonHealth, isServing } from './health.js';

const deployment = (status: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'coredns', generation: 2 },
  spec: { replicas: 2 },
  status,
});
const daemonSet = (status: object) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'kube-proxy', generation: 1 },
  status,
});

describe(addonHealth.name, () => {
  it('waits until it is there', () => {
    expect(addonHealth(undefined)).toMatchObject({ ready: false, message: 'not created yet' });
  });

  it('counts the pods of a Deployment', () => {
    const pods = { observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 };
    expect(addonHealth(deployment(pods))).toMatchObject({
      ready: false,
      message: '1 of 2 pods available',
    });
    expect(addonHealth(deployment({ ...pods, availableReplicas: 2 }))).toMatchObject({
      ready: true,
    });
  });

  it('does not take the old pods for the new ones', () => {
    const old = { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 };
    expect(addonHealth(deployment(old)).ready).toBe(false);
    const updating = { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 2 };
    expect(addonHealth(deployment(updating)).ready).toBe(false);
  });

  it('is content with a DaemonSet that no node asks for', () => {
    const none = { observedGeneration: 1, desiredNumberScheduled: 0 };
    expect(addonHealth(daemonSet(none))).toMatchObject({ ready: true });
    expect(addonHealth(daemonSet({ ...none, desiredNumberScheduled: 1 })).ready).toBe(false);
  });
});

describe(isServing.name, () => {
  it('is true with the first pod that is available', () => {
    expect(isServing(undefined)).toBe(false);
    expect(isServing(deployment({ replicas: 2, unavailableReplicas: 2 }))).toBe(false);
    expect(isServing(deployment({ availableReplicas: 1 }))).toBe(true);
  });
});
