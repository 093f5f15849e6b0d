import { isIPv4 } from 'node:net';
import { goOn, wait } from '../../kube/steps.js';
import type { KubeObject } from '../../kube/types.js';
import { clusterConditions } from '../../model/conditions.js';
import { CLUSTER_ADMINS } from '../../pki/user.js';
import { type ClusterStep, FIELD_MANAGER } from '../scope.js';

/**
 * What a hosted cluster must have before people use it. With `--endpoint-reconciler-type=none` the endpoints of
 * Service default/kubernetes are ours: EndpointSlice, and Endpoints for those who still read them (conformance does).
 */
export const seedHostedCluster: ClusterStep = {
  name: 'SeedHostedCluster',
  condition: clusterConditions.hosted,
  async run(scope) {
    const hosted = await scope.services.hosted.open(scope);
    scope.status.initializedAt ??= scope.now.toISOString();
    const addresses = scope.status.endpoint?.internalAddresses ?? [];
    if (addresses.length === 0) return wait('NoInternalAddress', 'no address is known that pods could dial');
    const port = scope.status.endpoint?.internalPort ?? 0;
    const objects = [...endpoints(addresses, port), ...roles()];
    await hosted.ensure(objects, FIELD_MANAGER);
    return goOn;
  },
};

function endpoints(addresses: readonly string[], port: number): KubeObject[] {
  const meta = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  return [
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { ...meta, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...meta, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: isIPv4(addresses[0] ?? '') ? 'IPv4' : 'IPv6',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports,
    },
  ];
}

/** Rights that kubeadm gives by binding; without the second `kubectl logs` is forbidden (kubeadm 1.36.1 and newer). */
function roles(): KubeObject[] {
  return [
    clusterRoleBinding(CLUSTER_ADMINS, 'cluster-admin', 'Group', CLUSTER_ADMINS),
    clusterRoleBinding(
      'kubeadm:apiserver-kubelet-client',
      'system:kubelet-api-admin',
      'User',
      'kube-apiserver-kubelet-client',
    ),
  ];
}

function clusterRoleBinding(name: string, role: string, kind: 'User' | 'Group', subject: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind, name: subject }],
  };
}
