import { describe, expect, it } from '@jest/globals';
import { addonStatus } from './addons.js';

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

describe(addonStatus.name, () => {
  it('waits until it is there', () => {
    expect(addonStatus('coreDNS', undefined)).toMatchObject({ ready: false, message: 'not created yet' });
  });

  it('counts the pods of a Deployment', () => {
    const pods = { observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 };
    expect(addonStatus('coreDNS', deployment(pods))).toMatchObject({
      ready: false,
      message: '1 of 2 pods available',
    });
    expect(addonStatus('coreDNS', deployment({ ...pods, availableReplicas: 2 }))).toMatchObject({
      ready: true,
    });
  });

  it('does not take the old pods for the new ones', () => {
    const old = { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 };
    expect(addonStatus('coreDNS', deployment(old)).ready).toBe(false);
    const updating = { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 2 };
    expect(addonStatus('coreDNS', deployment(updating)).ready).toBe(false);
  });

  it('is content with a DaemonSet that no node asks for', () => {
    const none = { observedGeneration: 1, desiredNumberScheduled: 0 };
    expect(addonStatus('kubeProxy', daemonSet(none))).toMatchObject({ ready: true });
    expect(addonStatus('kubeProxy', daemonSet({ ...none, desiredNumberScheduled: 1 })).ready).toBe(false);
  });
});
