/**
 * Strategic merge patch for the kinds a cluster may patch: maps merge, null deletes, lists with a merge key merge by
 * it and all other lists are replaced, as the API server does it (k8s.io/apimachinery/pkg/util/strategicpatch and the
 * patchMergeKey tags of k8s.io/api). `$patch: delete` empties a map and deletes an item of a list,
 * `$patch: replace` as an item replaces the list; no other directive is known.
 */

import type { KubeObject } from '../kube/types.js';

type Json = unknown;
type JsonMap = Record<string, Json>;

/** The field that identifies an item, by the name of the list. */
type MergeKeys = Readonly<Record<string, string>>;

const podKeys: MergeKeys = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'containerPort',
  topologySpreadConstraints: 'topologyKey',
  hostAliases: 'ip',
  imagePullSecrets: 'name',
  resourceClaims: 'name',
};

const keysOfKind: Readonly<Record<string, MergeKeys>> = {
  Deployment: podKeys,
  StatefulSet: podKeys,
  DaemonSet: podKeys,
  ReplicaSet: podKeys,
  Job: podKeys,
  CronJob: podKeys,
  Pod: podKeys,
  Service: { ports: 'port' },
};

/** A patch that does not fit the object. `path` is from the object's root. */
export class PatchMismatch extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * A copy of `object`, whose kind gives the merge keys, with `patch` applied.
 * @throws PatchMismatch
 */
export function strategicMerge(object: KubeObject, patch: JsonMap): KubeObject {
  return mergeMaps(structuredClone(object), patch, {
    keys: keysOfKind[object.kind] ?? {},
    path: '',
  }) as KubeObject;
}

interface Place {
  keys: MergeKeys;
  path: string;
}

function mergeMaps(original: JsonMap, patch: JsonMap, place: Place): JsonMap {
  const { $patch: directive, ...fields } = patch;
  checkDirectives(directive, fields, place);
  const merged: JsonMap = { ...original };
  for (const [name, value] of Object.entries(fields)) {
    const next = mergeField(merged[name], value, name, { ...place, path: join(place.path, name) });
    if (next === undefined) delete merged[name];
    else merged[name] = next;
  }
  return merged;
}

/** The new value of a field; undefined deletes it. */
function mergeField(original: Json, patch: Json, name: string, place: Place): Json {
  if (patch === null) return undefined;
  if (isMap(patch) && patch.$patch === 'delete') return {};
  const key = place.keys[name];
  checkShape(key === undefined ? original : [], patch, place.path);
  if (Array.isArray(patch)) {
    return key === undefined ? patch.map(clean) : mergeLists(asList(original), patch, key, place);
  }
  return isMap(patch) ? mergeMaps(isMap(original) ? original : {}, patch, place) : patch;
}

function mergeLists(original: readonly Json[], patch: readonly Json[], key: string, place: Place): Json[] {
  const replaces = patch.some((item) => isMap(item) && item.$patch === 'replace');
  let merged = replaces ? [] : [...original];
  for (const item of patch) {
    if (!isMap(item)) throw new PatchMismatch(place.path, `items of ${place.path} are maps with a ${key}`);
    const { [key]: id, $patch: directive } = item;
    if (directive === 'replace' && id === undefined) continue;
    if (id === undefined) throw new PatchMismatch(place.path, `an item of ${place.path} has no ${key}`);
    merged = mergeItem(merged, item, (other) => isMap(other) && other[key] === id, {
      ...place,
      path: `${place.path}[${key}=${JSON.stringify(id)}]`,
    });
  }
  return merged;
}

function mergeItem(list: Json[], item: JsonMap, same: (other: Json) => boolean, place: Place): Json[] {
  if (item.$patch === 'delete') return list.filter((other) => !same(other));
  const index = list.findIndex(same);
  const before = list[index];
  if (index < 0) return [...list, mergeMaps({}, item, place)];
  return list.with(index, mergeMaps(isMap(before) ? before : {}, item, place));
}

function checkDirectives(directive: Json, fields: JsonMap, { path }: Place): void {
  const unknown = Object.keys(fields).find((name) => name.startsWith('$'));
  if (unknown !== undefined) throw new PatchMismatch(path, `the directive ${unknown} is not supported`);
  if (directive === undefined || directive === 'merge') return;
  throw new PatchMismatch(path, `$patch: ${JSON.stringify(directive)} is not supported here`);
}

function checkShape(original: Json, patch: Json, path: string): void {
  if (original === undefined || original === null || shapeOf(original) === shapeOf(patch)) return;
  throw new PatchMismatch(path, `${path} is a ${shapeOf(original)}, not a ${shapeOf(patch)}`);
}

function shapeOf(value: Json): 'list' | 'map' | 'value' {
  if (Array.isArray(value)) return 'list';
  return isMap(value) ? 'map' : 'value';
}

/** A value of a patch that has nothing to merge with. */
function clean(value: Json): Json {
  if (Array.isArray(value)) return value.map(clean);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([name, field]) => [name, clean(field)]));
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
