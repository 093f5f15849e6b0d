import type { KubeObject } from '../kube/types.js';
import type { Workload } from './component.js';
import { type Path, readPath } from './path.js';

/** A field of a generated object that a patch may not change, and what to do instead. */
export interface OwnedField {
  path: Path;
  instead: string;
}

const IDENTITY = 'Leave it out.';
const PLAN = 'Choose another plan.';
const FLAGS = 'Use extraArgs of the component.';
const VERSION = 'Add a ControlPlaneVersion with your images.';
const EXPOSURE = 'Use spec.exposure.';

/** What makes any object the one it is. */
export const identityFields: readonly OwnedField[] = [
  ['apiVersion'],
  ['kind'],
  ['status'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'ownerReferences'],
  ['metadata', 'finalizers'],
].map((path) => ({ path, instead: IDENTITY }));

const pod = ['spec', 'template', 'spec'] as const;

const workload: readonly OwnedField[] = [
  { path: ['spec', 'selector'], instead: IDENTITY },
  { path: ['spec', 'replicas'], instead: PLAN },
  { path: [...pod, 'serviceAccountName'], instead: IDENTITY },
  { path: [...pod, 'serviceAccount'], instead: IDENTITY },
  { path: [...pod, 'automountServiceAccountToken'], instead: IDENTITY },
  { path: [...pod, 'priorityClassName'], instead: IDENTITY },
];

/** None of these can be changed on a live StatefulSet. */
const statefulSet: readonly OwnedField[] = [
  { path: ['spec', 'serviceName'], instead: IDENTITY },
  { path: ['spec', 'podManagementPolicy'], instead: IDENTITY },
  { path: ['spec', 'volumeClaimTemplates'], instead: PLAN },
];

/** The fields of a rendered object that are Berth's. A patch may add labels, containers and ports beside ours. */
export function ownedFields(object: KubeObject): OwnedField[] {
  return [
    ...identityFields,
    ...labelFields(object, ['metadata', 'labels']),
    ...(ofKind[object.kind]?.(object) ?? []),
  ];
}

const ofKind: Readonly<Record<string, (object: KubeObject) => OwnedField[]>> = {
  Deployment: workloadFields,
  StatefulSet: (object) => [...workloadFields(object), ...statefulSet],
  Service: serviceFields,
  PodDisruptionBudget: () => [{ path: ['spec', 'selector'], instead: IDENTITY }],
  NetworkPolicy: networkPolicyFields,
};

function workloadFields(object: KubeObject): OwnedField[] {
  const { containers } = (object as Workload).spec.template.spec;
  return [
    ...workload,
    ...labelFields(object, ['spec', 'template', 'metadata', 'labels']),
    ...containers.flatMap(({ name }) =>
      containerFields([...pod, 'containers', { key: 'name', value: name }]),
    ),
  ];
}

function containerFields(container: Path): OwnedField[] {
  return [
    { path: [...container, 'name'], instead: IDENTITY },
    { path: [...container, 'command'], instead: FLAGS },
    { path: [...container, 'args'], instead: FLAGS },
    { path: [...container, 'image'], instead: VERSION },
  ];
}

function serviceFields(object: KubeObject): OwnedField[] {
  const ports = readPath(object, ['spec', 'ports']) as { port: number }[];
  return [
    { path: ['spec', 'selector'], instead: IDENTITY },
    { path: ['spec', 'clusterIP'], instead: IDENTITY },
    { path: ['spec', 'type'], instead: EXPOSURE },
    ...ports.flatMap(({ port }) =>
      ['name', 'port', 'targetPort'].map((field) => ({
        path: ['spec', 'ports', { key: 'port', value: port }, field],
        instead: IDENTITY,
      })),
    ),
  ];
}

/** Policies about every pod stay as they are; that of a component may be opened further. */
function networkPolicyFields(object: KubeObject): OwnedField[] {
  const selector = readPath(object, ['spec', 'podSelector']) as object;
  if (Object.keys(selector).length === 0) {
    return [{ path: ['spec'], instead: 'Patch the policy of a component.' }];
  }
  return [
    { path: ['spec', 'podSelector'], instead: IDENTITY },
    { path: ['spec', 'policyTypes'], instead: IDENTITY },
  ];
}

function labelFields(object: KubeObject, path: Path): OwnedField[] {
  const labels = (readPath(object, path) ?? {}) as Record<string, string>;
  return Object.keys(labels).map((name) => ({ path: [...path, name], instead: IDENTITY }));
}
