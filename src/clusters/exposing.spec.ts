import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube/types.js';
import { type Cluster, clusterSpec, type ClusterStatus } from '../model/cluster.js';
import { annotations, API_VERSION } from '../model/names.js';
import { API_SERVER_SERVICE, ETCD_CLIENT_SERVICE } from '../pki/certificates.js';
import { asServed } from './exposing.js';
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
});

it('other objects stay as they are', () => {
  const other = service('NodePort', ETCD_CLIENT_SERVICE);
  expect(asServed(other, passOf({}))).toBe(other);
});
