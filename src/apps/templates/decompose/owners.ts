/** Which workload each object belongs to, by what Kubernetes itself goes by: selectors and references. Pure. */
import type { KubeObject } from '../../../kube/types.js';
import { podTemplatesOf } from '../pods.js';

/** An object and where it came from. */
export interface Placed {
  object: KubeObject;
  /** Path of its template: `templates/web.yaml`. */
  source: string;
}

/** Indices of the workloads each object belongs to: one, several, or none; a workload belongs to itself. */
export function ownersOf(placed: readonly Placed[]): ReadonlySet<number>[] {
  const owners = placed.map(({ object }, i) => new Set(isWorkload(object) ? [i] : []));
  const workloads = placed.flatMap(({ object }, i) => (isWorkload(object) ? [i] : []));
  // Each pass carries ownership one reference further: Ingress → Service → Deployment.
  for (let pass = 0; pass < PASSES; pass++) {
    placed.forEach(({ object }, i) => {
      const own = owners[i];
      if (!own || own.size > 0) return;
      for (const owner of claimsOf(object, placed, owners, workloads)) own.add(owner);
    });
  }
  return owners;
}

const PASSES = 3;
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

export function isWorkload({ kind }: KubeObject): boolean {
  return WORKLOADS.has(kind);
}

type Owners = readonly ReadonlySet<number>[];

function claimsOf(
  object: KubeObject,
  placed: readonly Placed[],
  owners: Owners,
  workloads: readonly number[],
): number[] {
  const selected = bySelector(object, placed, workloads);
  if (selected.length > 0) return selected;
  const using = workloads.filter((i) => uses(placed[i]?.object, object));
  if (using.length > 0) return using;
  const named = referencesOf(object);
  return placed.flatMap(({ object: other }, i) => {
    const isNamed = named.has(`${other.kind} ${other.metadata.name}`) || namesBack(other, object);
    return isNamed ? [...(owners[i] ?? [])] : [];
  });
}

function bySelector(object: KubeObject, placed: readonly Placed[], workloads: readonly number[]): number[] {
  const selector = selectorOf(object);
  if (!selector || Object.keys(selector).length === 0) return [];
  return workloads.filter((i) => {
    const other = placed[i]?.object;
    const labels = other ? podTemplatesOf(other)[0]?.labels : undefined;
    return labels !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
  });
}

/** Labels of the pods that a Service, PodDisruptionBudget, NetworkPolicy or PodMonitor is about. */
function selectorOf({ kind, ...object }: KubeObject): Record<string, string> | undefined {
  const spec = (object['spec'] ?? {}) as Record<string, Record<string, unknown> | undefined>;
  if (kind === 'Service') return spec['selector'] as Record<string, string> | undefined;
  const selector = spec['podSelector'] ?? spec['selector'];
  return selector?.['matchLabels'] as Record<string, string> | undefined;
}

/** Fields of a pod that name objects, and the kinds they name. */
const POD_REFERENCES: Readonly<Record<string, readonly string[]>> = {
  configMap: ['ConfigMap'],
  configMapRef: ['ConfigMap'],
  configMapKeyRef: ['ConfigMap'],
  secretRef: ['Secret'],
  secretKeyRef: ['Secret'],
  secret: ['Secret', 'ConfigMap'],
  secretName: ['Secret'],
  claimName: ['PersistentVolumeClaim'],
  serviceAccountName: ['ServiceAccount'],
  imagePullSecrets: ['Secret'],
};

function uses(workload: KubeObject | undefined, { kind, metadata }: KubeObject): boolean {
  const pod = workload && podTemplatesOf(workload)[0];
  return pod !== undefined && mentions(pod.spec, kind, metadata.name);
}

function mentions(value: unknown, kind: string, name: string, field = ''): boolean {
  if (typeof value === 'string') return value === name && (POD_REFERENCES[field] ?? []).includes(kind);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => {
    const isName = key === 'name' || key === 'secretName' || /^\d+$/.test(key);
    return mentions(inner, kind, name, POD_REFERENCES[key] ? key : isName ? field : '');
  });
}

/** What an object names outside of pods: backends, targets of scaling, subjects and roles of bindings. */
function referencesOf(object: KubeObject): Set<string> {
  const found = new Set<string>();
  const collect = (value: unknown, field: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { kind, name, serviceName } = value as Record<string, unknown>;
    if (typeof kind === 'string' && typeof name === 'string') found.add(`${kind} ${name}`);
    else if (typeof name === 'string' && /^(service|backendRefs|services)$/.test(field))
      found.add(`Service ${name}`);
    if (typeof serviceName === 'string') found.add(`Service ${serviceName}`);
    for (const [key, inner] of Object.entries(value)) collect(inner, /^\d+$/.test(key) ? field : key);
  };
  for (const [key, value] of Object.entries(object)) if (key !== 'metadata') collect(value, key);
  return found;
}

/** A Role belongs to whom its binding belongs to. */
function namesBack(other: KubeObject, { kind, metadata }: KubeObject): boolean {
  if (!/^(Cluster)?Role$/.test(kind)) return false;
  const role = other['roleRef'] as { kind?: string; name?: string } | undefined;
  return role?.kind === kind && role.name === metadata.name;
}
