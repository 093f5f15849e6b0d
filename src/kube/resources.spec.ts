import { describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  builtInResourceOf,
  customResource,
  pathOf,
  resources,
  splitApiVersion,
} from './resources.js';

describe('paths', () => {
  it.each([
    [pathOf(resources.Pod), '/api/v1/pods'],
    [pathOf(resources.Pod, 'a'), '/api/v1/namespaces/a/pods'],
    [pathOf(resources.Pod, 'a', 'b', 'log'), '/api/v1/namespaces/a/pods/b/log'],
    [pathOf(resources.Node, undefined, 'n'), '/api/v1/nodes/n'],
    [pathOf(resources.Node, 'ignored', 'n'), '/api/v1/nodes/n'],
    [pathOf(resources.NetworkPolicy, 'a', 'b'), '/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/b'],
    [pathOf(resources.Secret, 'a', '../b'), '/api/v1/namespaces/a/secrets/..%2Fb'],
  ])('%s', (path, expected) => {
    expect(path).toBe(expected);
  });

  it('need the namespace of an object in one', () => {
    expect(() => pathOf(resources.Pod, undefined, 'b')).toThrow(
      expect.objectContaining({ code: 'NamespaceMissing' }),
    );
  });
});

describe('resources', () => {
  it('are found by apiVersion and kind', () => {
    expect(builtInResourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toBe(resources.Deployment);
    expect(builtInResourceOf({ apiVersion: 'apps/v1beta1', kind: 'Deployment' })).toBeUndefined();
  });

  it('can be described for custom kinds', () => {
    const clusters = customResource('berth.dev/v1alpha1', { kind: 'Cluster' });
    expect(clusters).toEqual({
      group: 'berth.dev',
      version: 'v1alpha1',
      kind: 'Cluster',
      plural: 'clusters',
      namespaced: true,
    });
    expect(apiVersionOf(clusters)).toBe('berth.dev/v1alpha1');
  });

  it.each(['', 'a/b/c', 'apps/'])('refuse "%s" as an apiVersion', (apiVersion) => {
    expect(() => splitApiVersion(apiVersion)).toThrow(expect.objectContaining({ code: 'InvalidApiVersion' }));
  });
});
