import { manifestsIn } from '../kube/manifests.js';
import type { KubeObject } from '../kube/types.js';

const manifests = manifestsIn('control-plane');

/**
 * A fresh copy of one manifest of manifests/control-plane, by its path there: `etcd/statefulset.yaml`. Callers name
 * the shape by assertion; golden files prove it.
 */
export function asset(path: string): KubeObject {
  const [object] = manifests(path);
  if (object) return object;
  throw new Error(`manifests/control-plane/${path} is empty`);
}
