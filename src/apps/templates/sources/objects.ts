/** Templates from objects: manifests of a text, or what lives in a namespace. Pure. */
import { toYaml } from '../../../core/yaml.js';
import type { KubeObject } from '../../../kube/types.js';
import type { TemplateFile } from '../../../model/template.js';
import type { KeyInput } from '../../configs/keys.js';
import { nameOf } from '../../configs/values.js';
import { nameFrom } from '../decompose/names.js';
import { podTemplatesOf } from '../pods.js';

export interface FromObjects {
  files: TemplateFile[];
  /** Images, replicas and the contents of Secrets, which the files take from the config. */
  keys: KeyInput[];
}

/** One file for each object. What differs between environments becomes a variable; no secret stays in the text. */
export function templateFromObjects(name: string, objects: readonly KubeObject[]): FromObjects {
  const keys: KeyInput[] = [];
  const taken = new Set<string>();
  const files = objects.map((object) => {
    const path = freePath(object, taken);
    taken.add(path);
    return { path, text: templateText(object, keys) };
  });
  return { files: [...chartFiles(name), ...files], keys };
}

/** Chart.yaml of a template that is no chart of someone's. */
export function chartFiles(name: string): TemplateFile[] {
  const text = toYaml({ apiVersion: 'v2', name, version: '0.1.0', type: 'application' });
  return [{ path: 'Chart.yaml', text }];
}

function freePath({ kind, metadata }: KubeObject, taken: ReadonlySet<string>): string {
  const stem = `templates/${kind.toLowerCase()}-${metadata.name.replaceAll(/[^\w.-]/g, '-')}`.slice(0, 200);
  let path = `${stem}.yaml`;
  for (let i = 2; taken.has(path); i++) path = `${stem}-${i}.yaml`;
  return path;
}

/** Stands for an action while the object is written as YAML. */
const mark = (i: number): string => `berth-action-${i}-berth`;

function templateText(object: KubeObject, keys: KeyInput[]): string {
  const copy = structuredClone(object);
  const actions: string[] = [];
  const place = (key: KeyInput, pipe = ''): string => {
    keys.push(key);
    actions.push(`{{ ${reference(key.name)}${pipe} }}`);
    return mark(actions.length - 1);
  };
  if (copy.kind === 'Secret') hideSecret(copy, place);
  openWorkload(copy, place);
  const text = toYaml(copy).replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
  return actions.reduce((rest, action, i) => rest.replaceAll(mark(i), action), text);
}

type Place = (key: KeyInput, pipe?: string) => string;

function hideSecret(secret: KubeObject, place: Place): void {
  const { data = {}, stringData = {} } = secret as unknown as Record<
    string,
    Record<string, string> | undefined
  >;
  const entry = (key: string) => nameOf(['secrets', secret.metadata.name, key]);
  const hidden = [
    ...Object.entries(data ?? {}).map(([key, base64]) => [
      key,
      place({ name: entry(key), type: 'secret', base64 }, ' | b64enc'),
    ]),
    ...Object.entries(stringData ?? {}).map(([key, value]) => [
      key,
      place({ name: entry(key), type: 'secret', value }, ' | b64enc'),
    ]),
  ];
  delete secret['stringData'];
  secret['data'] = Object.fromEntries(hidden);
}

function openWorkload(object: KubeObject, place: Place): void {
  const service = nameFrom(object.metadata.name);
  const spec = object['spec'] as Record<string, unknown> | undefined;
  if (typeof spec?.['replicas'] === 'number') {
    spec['replicas'] = place({ name: `${service}.replicas`, type: 'number', value: spec['replicas'] });
  }
  for (const pod of podTemplatesOf(object)) {
    for (const container of pod.containers) {
      if (container.image === undefined) continue;
      const only = pod.containers.length === 1;
      const name = only ? `${service}.image` : `${service}.${nameFrom(container.name)}.image`;
      container.image = place({ name, type: 'image', value: container.image });
    }
  }
}

/** `.Values.web.image`, or with `index` where a name is no identifier. */
function reference(name: string): string {
  const path = name.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
  const isPlain = path.every((part) => /^[A-Za-z_]\w*$/.test(part));
  return isPlain
    ? `.Values.${path.join('.')}`
    : `index .Values ${path.map((part) => JSON.stringify(part)).join(' ')}`;
}

/** Fields that the API server and controllers set. */
const SERVER_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'namespace',
];
const NOISE =
  /^(deployment\.kubernetes\.io\/|kubectl\.kubernetes\.io\/last-applied|control-plane\.alpha|pv\.kubernetes\.io\/|volume\.(beta\.)?kubernetes\.io\/)/;

/** A live object as it could be applied elsewhere; undefined for what others make: pods of a Deployment, defaults. */
export function portable(object: KubeObject): KubeObject | undefined {
  if (object.metadata.ownerReferences?.length || isMadeByItself(object)) return undefined;
  const { status: _, ...rest } = structuredClone(object);
  const metadata = Object.fromEntries(
    Object.entries(rest.metadata).filter(([field]) => !SERVER_METADATA.includes(field)),
  ) as KubeObject['metadata'];
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOISE.test(key)),
  );
  delete metadata.annotations;
  delete metadata.finalizers;
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  const portableObject: KubeObject = { ...rest, metadata };
  dropAllocated(portableObject);
  return portableObject;
}

function isMadeByItself({ kind, metadata, type }: KubeObject): boolean {
  if (kind === 'ConfigMap') return metadata.name === 'kube-root-ca.crt';
  if (kind === 'ServiceAccount') return metadata.name === 'default';
  if (kind === 'Service') return metadata.name === 'kubernetes' && metadata.namespace === 'default';
  return kind === 'Secret' && type === 'kubernetes.io/service-account-token';
}

/** Addresses, ports and volumes that a cluster gave. */
function dropAllocated(object: KubeObject): void {
  const spec = object['spec'] as Record<string, unknown> | undefined;
  if (!spec) return;
  if (object.kind === 'PersistentVolumeClaim') delete spec['volumeName'];
  if (object.kind !== 'Service') return;
  if (spec['clusterIP'] !== 'None') {
    delete spec['clusterIP'];
    delete spec['clusterIPs'];
  }
  for (const port of (spec['ports'] ?? []) as Record<string, unknown>[]) delete port['nodePort'];
}
