import { compareStrings } from '../bytes.js';

/** Helm's order of installation. Kinds that are not here come last, in alphabetical order. */
export const INSTALL_ORDER: readonly string[] = [
  'PriorityClass',
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
];

/** The order of removal: the order of installation backwards, but services before the workloads they point to. */
export const UNINSTALL_ORDER: readonly string[] = [
  'APIService',
  'Ingress',
  'IngressClass',
  'Service',
  ...INSTALL_ORDER.slice(
    INSTALL_ORDER.indexOf('DaemonSet'),
    INSTALL_ORDER.indexOf('IngressClass'),
  ).toReversed(),
  ...INSTALL_ORDER.slice(0, INSTALL_ORDER.indexOf('Service')).toReversed(),
];

/** Negative, zero or positive; equal kinds keep their order in a stable sort. */
export function compareKinds(a: string, b: string, order: readonly string[]): number {
  if (a === b) return 0;
  const x = order.indexOf(a);
  const y = order.indexOf(b);
  if (x < 0 && y < 0) return compareStrings(a, b);
  if (x < 0 || y < 0) return x < 0 ? 1 : -1;
  return x - y;
}
