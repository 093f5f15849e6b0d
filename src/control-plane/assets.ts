import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { KubeObject } from '../kube/types.js';

/** Sources and what is built from them lie equally deep below the package's root, so this holds for both. */
const directory = new URL('../../manifests/control-plane/', import.meta.url);

const loaded = new Map<string, KubeObject>();

/**
 * A fresh copy of one manifest of manifests/control-plane, by its path there: `etcd/statefulset.yaml`. Callers name
 * the shape by assertion; golden files prove it.
 */
export function asset(path: string): KubeObject {
  const object = loaded.get(path) ?? read(path);
  loaded.set(path, object);
  return structuredClone(object);
}

function read(path: string): KubeObject {
  return load(readFileSync(new URL(path, directory), 'utf8'), { filename: path }) as KubeObject;
}
