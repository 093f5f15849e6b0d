import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { KubeObject } from './types.js';

/** Sources and what is built from them lie equally deep below the package's root, so this holds for both. */
const root = new URL('../../manifests/', import.meta.url);

/**
 * Reads the manifests of one directory below `manifests/`, each file once. Every call gives fresh copies, in the
 * order of the file.
 */
export function manifestsIn(directory: string): (path: string) => KubeObject[] {
  const loaded = new Map<string, KubeObject[]>();
  return (path) => {
    const objects = loaded.get(path) ?? read(new URL(`${directory}/${path}`, root));
    loaded.set(path, objects);
    return structuredClone(objects);
  };
}

function read(file: URL): KubeObject[] {
  return loadAll(readFileSync(file, 'utf8'), { filename: file.pathname }) as KubeObject[];
}
