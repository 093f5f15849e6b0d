/** Where rendered objects go, and in which order. Pure. */
import type { KubeObject } from '../../kube/types.js';

/** Built-in kinds that live in no namespace. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'GatewayClass',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttributesClass',
]);

/** The object in its namespace: the one it names, else `namespace`; none for kinds that live in none. */
export function placed(object: KubeObject, namespace: string, context: readonly KubeObject[]): KubeObject {
  const { namespace: named, ...metadata } = object.metadata;
  if (CLUSTER_SCOPED.has(object.kind) || isClusterScopedHere(object, context)) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: named ?? namespace } };
}

/** A custom resource whose definition is part of the same release. */
function isClusterScopedHere({ apiVersion, kind }: KubeObject, context: readonly KubeObject[]): boolean {
  return context.some((other) => {
    if (other.kind !== 'CustomResourceDefinition') return false;
    const spec = other['spec'] as { group?: string; scope?: string; names?: { kind?: string } } | undefined;
    return (
      spec?.scope === 'Cluster' && spec.names?.kind === kind && apiVersion.startsWith(`${spec.group ?? ''}/`)
    );
  });
}

type Kinded = Pick<KubeObject, 'kind'>;

const FIRST: ReadonlySet<string> = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'IngressClass',
]);
/** What the pods of a release need before they start. */
const NEEDED: ReadonlySet<string> = new Set([
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
]);
const WORKLOADS: ReadonlySet<string> = new Set([
  'Pod',
  'DaemonSet',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'CronJob',
]);

/** Objects in the phases in which they are applied; those of one phase do not depend on each other. */
export function phasesOf<T extends Kinded>(objects: readonly T[]): T[][] {
  const phases: T[][] = [[], [], [], []];
  for (const object of objects) phases[phaseOf(object)]?.push(object);
  return phases.filter((phase) => phase.length > 0);
}

function phaseOf({ kind }: Kinded): number {
  if (FIRST.has(kind)) return 0;
  if (NEEDED.has(kind)) return 1;
  return WORKLOADS.has(kind) ? 2 : 3;
}

/** Workloads whose number of pods can be set. */
export const SCALABLE: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** The workloads that autoscalers scale, as Kind/name. */
export function autoscaled(objects: readonly KubeObject[]): Set<string> {
  const targets = objects.flatMap((object) => {
    if (object.kind !== 'HorizontalPodAutoscaler') return [];
    const { scaleTargetRef } = (object['spec'] ?? {}) as {
      scaleTargetRef?: { kind?: string; name?: string };
    };
    return scaleTargetRef ? [`${scaleTargetRef.kind ?? ''}/${scaleTargetRef.name ?? ''}`] : [];
  });
  return new Set(targets);
}

/** The workload without a number of pods when an autoscaler sets it. */
export function leaveReplicasTo(scaled: ReadonlySet<string>, object: KubeObject): KubeObject {
  if (!SCALABLE.has(object.kind) || !scaled.has(`${object.kind}/${object.metadata.name}`)) return object;
  const { replicas: _replicas, ...spec } = (object['spec'] ?? {}) as Record<string, unknown>;
  return { ...object, spec };
}
