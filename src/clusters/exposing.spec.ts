import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube/types.js';
import { type Cluster, clusterSpec, type ClusterStatus } from '../model/cluster.js';
import { annotations, API_VERSION } from '../model/names.js';
import { API_SERVER_SERVICE, ETCD_CLIENT_SERVICE } from '../pki/certificates.js';
import { asServed, steadyAddresses } from './exposing.js';
import { ClusterScope, type ClusterServices } from './scope.js';

function service(type: string, name = API_SERVER_SERVICE): KubeObject {
  const spec = { type, ports: [{ name: 'https', port: 6443 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'berth-c-demo' }, spec };
}

function passOf(status: Partial<ClusterStatus>, told: Record<string, string> = {}): ClusterScope {
  const cluster: Cluster = {
    apiVersion: API_VERSION,
    kind: 'Cluster',
    metadata: { name: 'demo', namespace: 'berth-c-demo', annotations: told },
    spec: clusterSpec.parse({ version: '1.36.3' }),
    status,
  };
  return new ClusterScope(cluster, {} as ClusterServices);
}

const initializedAt = '2026-11-21T12:00:00.000Z';

describe('the Service of the API server', () => {
  it('leads to the first API server before it is ready, and later to ready ones only', () => {
    expect(asServed(service('ClusterIP'), passOf({}))).toMatchObject({
      spec: { publishNotReadyAddresses: true },
    });
    expect(asServed(service('ClusterIP'), passOf({ initializedAt }))).toEqual(service('ClusterIP'));
  });

  it('keeps the node port it was given, and asks for that of an imported cluster', () => {
    const given = passOf({ initializedAt, endpoint: { host: 'demo.example', internalPort: 30_123 } });
    const imported = passOf({ initializedAt }, { [annotations.importedPorts]: '30456' });
    for (const [pass, nodePort] of [[given, 30_123] as const, [imported, 30_456] as const]) {
      const spec = { type: 'NodePort', ports: [{ name: 'https', port: 6443, nodePort }] };
      expect(asServed(service('NodePort'), pass)).toMatchObject({ spec });
      expect(asServed(service('ClusterIP'), pass)).toEqual(service('ClusterIP'));
    }
  });

  it('keeps the node port of a load balancer that has but a name, and only of that', () => {
    const given = (address: string, internalAddresses: string[]) =>
      passOf({
        initializedAt,
        endpoint: { host: 'demo.example', address, internalAddresses, internalPort: 30_123 },
      });
    const named = given('lb.example', ['192.0.2.10']);
    const spec = { ports: [{ name: 'https', port: 6443, nodePort: 30_123 }] };
    expect(asServed(service('LoadBalancer'), named)).toMatchObject({ spec });
    const numbered = given('203.0.113.7', ['203.0.113.7']);
    expect(asServed(service('LoadBalancer'), numbered)).toEqual(service('LoadBalancer'));
  });
});

describe(steadyAddresses.name, () => {
  it('gives three, and keeps those that were given for as long as their nodes are there', () => {
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.9'];
    expect(steadyAddresses(all)).toEqual(all.slice(0, 3));
    expect(steadyAddresses(all, ['192.0.2.9'])).toEqual(['192.0.2.9', '192.0.2.1', '192.0.2.2']);
    expect(steadyAddresses(all, ['192.0.2.8', '192.0.2.2'])).toEqual(['192.0.2.2', '192.0.2.1', '192.0.2.3']);
    expect(steadyAddresses([], ['192.0.2.8'])).toEqual([]);
  });
});

it('other objects stay as they are', () => {
  const other = service('NodePort', ETCD_CLIENT_SERVICE);
  expect(asServed(other, passOf({}))).toBe(other);
});
