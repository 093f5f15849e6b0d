/** Which ConfigMaps and Secrets the pods of a workload consume, and whether they see a change without a restart. Pure. */
import { digestOf } from '../../core/digest.js';
import type { KubeObject } from '../../kube/types.js';
import { annotations } from '../../model/names.js';

type Fields = Record<string, unknown>;

export interface Consumed {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  /** `start`: read when a container starts (environment, subPath); `live`: a volume that the kubelet keeps fresh. */
  read: 'start' | 'live';
}

/** The pod template of a workload, with the path to it. */
export function podTemplateOf(object: KubeObject): { template: Fields; path: readonly string[] } | undefined {
  const path = TEMPLATE_PATHS[object.kind];
  const template = path?.reduce<unknown>((value, name) => fields(value)[name], object);
  return path && isFields(template) ? { template, path } : undefined;
}

const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Everything the pods of a workload read, each once for each way of reading it. */
export function consumedBy(workload: KubeObject): Consumed[] {
  const found = podTemplateOf(workload);
  if (!found) return [];
  const spec = fields(found.template['spec']);
  const containers = [...list(spec['initContainers']), ...list(spec['containers'])];
  const all = [...containers.flatMap(fromEnvironment), ...fromVolumes(spec, containers)];
  return [...new Map(all.map((one) => [`${one.kind}/${one.name}/${one.read}`, one])).values()];
}

/**
 * The workload with a digest of what its pods read only when they start, so that they are replaced when it changes.
 * What is not among `context` (made by somebody else) is not looked at. `salt` keeps short secrets from being guessed.
 */
export function withConfigDigest(
  workload: KubeObject,
  context: readonly KubeObject[],
  salt: string,
): KubeObject {
  const consumed = consumedBy(workload).filter(({ read }) => read === 'start');
  const contents = consumed.flatMap(({ kind, name }) => {
    const source = context.find((object) => object.kind === kind && object.metadata.name === name);
    return source
      ? [[kind, name, source['data'], source['stringData'], source['binaryData']] as unknown[]]
      : [];
  });
  if (contents.length === 0) return workload;
  return annotatePods(workload, { [annotations.configDigest]: digestOf([salt, contents], 16) });
}

/** The workload with annotations on its pods; objects without pods stay as they are. */
export function annotatePods(workload: KubeObject, added: Readonly<Record<string, string>>): KubeObject {
  const found = podTemplateOf(workload);
  if (!found) return workload;
  const copy = structuredClone(workload);
  const template = found.path.reduce<unknown>((value, name) => fields(value)[name], copy) as Fields;
  const metadata = fields(template['metadata']);
  template['metadata'] = { ...metadata, annotations: { ...fields(metadata['annotations']), ...added } };
  return copy;
}

function fromEnvironment(container: Fields): Consumed[] {
  const whole = list(container['envFrom']).flatMap((source) => [
    ...reference('ConfigMap', fields(source['configMapRef'])['name'], 'start'),
    ...reference('Secret', fields(source['secretRef'])['name'], 'start'),
  ]);
  const single = list(container['env']).flatMap((variable) => {
    const from = fields(variable['valueFrom']);
    return [
      ...reference('ConfigMap', fields(from['configMapKeyRef'])['name'], 'start'),
      ...reference('Secret', fields(from['secretKeyRef'])['name'], 'start'),
    ];
  });
  return [...whole, ...single];
}

function fromVolumes(spec: Fields, containers: readonly Fields[]): Consumed[] {
  const mounts = containers.flatMap((container) => list(container['volumeMounts']));
  return list(spec['volumes']).flatMap((volume) => {
    const own = mounts.filter(({ name }) => name === volume['name']);
    const isCopied = own.some(({ subPath, subPathExpr }) => Boolean(subPath ?? subPathExpr));
    const read = isCopied ? 'start' : 'live';
    const sources = [volume, ...list(fields(volume['projected'])['sources'])];
    return sources.flatMap((source) => [
      ...reference('ConfigMap', fields(source['configMap'])['name'], read),
      ...reference(
        'Secret',
        fields(source['secret'])['secretName'] ?? fields(source['secret'])['name'],
        read,
      ),
    ]);
  });
}

function reference(kind: Consumed['kind'], name: unknown, read: Consumed['read']): Consumed[] {
  return typeof name === 'string' && name !== '' ? [{ kind, name, read }] : [];
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isFields) : [];
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
