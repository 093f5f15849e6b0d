/** Config keys as environment variables and as files of a service's pods. Pure. */
import { toBytes } from '../../engine/index.js';
import { digestOf } from '../../core/digest.js';
import { BerthError } from '../../core/errors.js';
import type { KubeObject } from '../../kube/types.js';
import type { TemplateService } from '../../model/template.js';
import { annotations } from '../../model/names.js';
import { type ConfigValue, type ConfigValues, valueText } from '../configs/values.js';
import { type Container, type PodTemplate, podTemplatesOf } from './pods.js';

interface Selection {
  keys: readonly string[];
  containers?: readonly string[];
}

/** ConfigMaps and Secrets may hold 1 MiB (Kubernetes: core/validation, MaxSecretSize). */
const MAX_BYTES = 1024 * 1024;
const FILES_VOLUME = 'berth-config';

/** The version the keys are from, as one more variable and one more file. */
export const VERSION_KEY = 'BERTH_CONFIG_VERSION';

/**
 * What the service's `env` and `files` ask for: adds ConfigMaps and Secrets to `objects` and changes the pods in it to
 * use them. Pods carry the digest of their environment, so that another environment is another pod.
 * @returns what writes the version into the ConfigMaps made: apart, as it is no reason to change anything
 * @throws BerthError `KeysCollide`, `SinkTooLarge` (422)
 */
export function applySinks(
  objects: KubeObject[],
  { env, files }: TemplateService,
  prefix: string,
  { keys, version }: ConfigValues,
): () => void {
  const pods = objects.flatMap(podTemplatesOf);
  const made = [
    ...(env ? applyEnvironment(pods, env, `${prefix}-env`, keys) : []),
    ...(files ? applyFiles(pods, files, `${prefix}-files`, keys) : []),
  ];
  objects.push(...made);
  return () => {
    for (const object of made.filter(({ kind }) => kind === 'ConfigMap')) {
      object['data'] = { ...(object['data'] as object | undefined), [VERSION_KEY]: String(version) };
    }
  };
}

function applyEnvironment(
  pods: readonly PodTemplate[],
  sink: Selection,
  name: string,
  keys: readonly ConfigValue[],
): KubeObject[] {
  const texts = selected(keys, sink.keys).filter(({ value }) => !(value instanceof Uint8Array));
  const made = sinkObjects(name, texts, variableName);
  for (const pod of pods) {
    pod.annotate(annotations.environmentDigest, digestOf(made, 16));
    for (const container of chosen(pod.containers, sink)) useEnvironment(container, made);
  }
  return made;
}

function applyFiles(
  pods: readonly PodTemplate[],
  sink: Selection & { mountPath: string },
  name: string,
  keys: readonly ConfigValue[],
): KubeObject[] {
  const made = sinkObjects(name, selected(keys, sink.keys), fileName);
  for (const pod of pods) {
    pod.addVolume({ name: FILES_VOLUME, projected: { sources: made.map(projection) } });
    for (const container of chosen(pod.containers, sink)) mountFiles(container, sink.mountPath);
  }
  return made;
}

/** Keys that a list of names and `prefix*` patterns picks. */
function selected(keys: readonly ConfigValue[], patterns: readonly string[]): ConfigValue[] {
  return keys.filter(({ name }) =>
    patterns.some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    ),
  );
}

const chosen = (containers: readonly Container[], { containers: names }: Selection): Container[] =>
  containers.filter(({ name }) => names === undefined || names.includes(name));

/** A ConfigMap of what may be seen, and a Secret of what may not, if there is any. */
function sinkObjects(
  name: string,
  keys: readonly ConfigValue[],
  entryName: (key: string) => string,
): KubeObject[] {
  refuseCollisions(keys, entryName);
  const open = keys.filter(({ type }) => type !== 'secret');
  const secret = keys.filter(({ type }) => type === 'secret');
  const head = { apiVersion: 'v1', metadata: { name } };
  const objects: KubeObject[] = [{ ...head, kind: 'ConfigMap', ...mapData(open, entryName) }];
  if (secret.length > 0) {
    const data = Object.fromEntries(secret.map(({ name: key, value }) => [entryName(key), base64(value)]));
    objects.push({ ...head, kind: 'Secret', type: 'Opaque', data });
  }
  for (const object of objects) refuseLarge(object);
  return objects;
}

function mapData(keys: readonly ConfigValue[], entryName: (key: string) => string) {
  const isBinary = ({ value }: ConfigValue) => value instanceof Uint8Array;
  const texts = keys.filter((key) => !isBinary(key));
  const binaries = keys.filter(isBinary);
  return {
    ...(texts.length > 0 && {
      data: Object.fromEntries(texts.map(({ name, value }) => [entryName(name), valueText(value)])),
    }),
    ...(binaries.length > 0 && {
      binaryData: Object.fromEntries(binaries.map(({ name, value }) => [entryName(name), base64(value)])),
    }),
  };
}

function base64(value: unknown): string {
  return Buffer.from(value instanceof Uint8Array ? value : toBytes(valueText(value))).toString('base64');
}

/** `log.level` → `log_level`: a name every shell can read. */
export function variableName(key: string): string {
  const name = key.replaceAll(/\\\.|[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** A key of a ConfigMap (Kubernetes: IsConfigMapKey). */
function fileName(key: string): string {
  return key.replaceAll('\\.', '.').replaceAll(/[^-._A-Za-z0-9]/g, '_');
}

function refuseCollisions(keys: readonly ConfigValue[], entryName: (key: string) => string): void {
  const names = new Map<string, string>();
  for (const { name } of keys) {
    const entry = entryName(name);
    const other = names.get(entry);
    if (other !== undefined) {
      throw new BerthError('KeysCollide', `The keys "${other}" and "${name}" both become "${entry}".`, {
        status: 422,
        next: 'Rename one of them, or pick keys by name in the env or files of the service.',
      });
    }
    names.set(entry, name);
  }
}

function refuseLarge(object: KubeObject): void {
  const size = Buffer.byteLength(JSON.stringify(object));
  if (size <= MAX_BYTES) return;
  throw new BerthError(
    'SinkTooLarge',
    `${object.kind} "${object.metadata.name}" would have ${size} bytes; Kubernetes takes ${MAX_BYTES}.`,
    { status: 422, next: 'Pick fewer keys in the env or files of the service.' },
  );
}

function useEnvironment(container: Container, made: readonly KubeObject[]): void {
  const sources = made.map(({ kind, metadata: { name } }) =>
    kind === 'Secret' ? { secretRef: { name } } : { configMapRef: { name } },
  );
  // Later ones win in Kubernetes: what the template says itself stays on top.
  container.envFrom = [...sources, ...(container.envFrom ?? [])];
}

function projection({ kind, metadata: { name } }: KubeObject) {
  return kind === 'Secret' ? { secret: { name } } : { configMap: { name } };
}

function mountFiles(container: Container, mountPath: string): void {
  const mounts = (container.volumeMounts ?? []).filter(({ name }) => name !== FILES_VOLUME);
  container.volumeMounts = [...mounts, { name: FILES_VOLUME, mountPath, readOnly: true }];
}
