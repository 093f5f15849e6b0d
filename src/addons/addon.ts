import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { manifestsIn } from '../kube/manifests.js';
import type { Json, KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';

/** Addons: what a hosted cluster needs on its nodes, kept there by Berth unless its owner says otherwise. */

export type AddonSettings = NonNullable<ClusterSpec['addons']>;
export type AddonName = keyof AddonSettings | 'konnectivityAgent';

export interface AddonInput {
  /** Of the masters; a release without the leading v. */
  kubernetesVersion: string;
  /** What nodes dial: `host:port`. */
  server: string;
  network: ClusterSpec['network'];
  settings: AddonSettings;
  /** Present with a tunnel: the `host:port` that agents dial, and their image. */
  konnectivity?: { server: string; image: string };
}

export interface Addon {
  name: AddonName;
  /** What tells its health, in kube-system. */
  workload: { kind: 'Deployment' | 'DaemonSet'; name: string };
  /** Its image, unless the cluster names another. */
  image: (input: AddonInput) => string;
  /** Its objects, whole. */
  render: (input: AddonInput) => KubeObject[];
}

export const ADDON_NAMESPACE = 'kube-system';

/** Fresh copies of the manifests of one file of manifests/addons. */
export const manifests = manifestsIn('addons');

interface Workload extends KubeObject {
  spec: { replicas?: number; template: Json<Required<Pick<V1PodTemplateSpec, 'spec'>>> };
}

/** Changes a workload among `objects`: its only container's image, and what `change` does. */
export function withWorkload(
  objects: readonly KubeObject[],
  image: string,
  change: (workload: Workload) => void = () => undefined,
): KubeObject[] {
  for (const object of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet')) {
    const workload = object as Workload;
    for (const container of workload.spec.template.spec.containers) container.image = image;
    change(workload);
  }
  return [...objects];
}

export function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: ADDON_NAMESPACE }, data };
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The kubeconfig of a pod that must not depend on kube-proxy: it dials the masters themselves, never the Service
 * `kubernetes`.
 */
export function serviceAccountKubeconfig(server: string): object {
  const cluster = { 'certificate-authority': `${SERVICE_ACCOUNT}/ca.crt`, server: `https://${server}` };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default', cluster }],
    contexts: [{ name: 'default', context: { cluster: 'default', namespace: 'default', user: 'default' } }],
    'current-context': 'default',
    users: [{ name: 'default', user: { tokenFile: `${SERVICE_ACCOUNT}/token` } }],
  };
}
