import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { manifestsIn } from '../kube/manifests.js';
import type { Json, KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import { type AddonImage, mirrored, officialImage } from './releases.js';

/** Addons: what a hosted cluster needs on its nodes, kept there by Berth unless its owner says otherwise. */

export type AddonSettings = NonNullable<ClusterSpec['addons']>;
export type AddonName = Exclude<keyof AddonSettings, 'imageRegistry' | 'patches'> | 'konnectivityAgent';

export interface AddonInput {
  /** Of the masters; a release without the leading v. */
  kubernetesVersion: string;
  /** What nodes dial: `host:port`. */
  server: string;
  network: ClusterSpec['network'];
  settings: AddonSettings;
  /** Present with a tunnel: the `host:port` that agents dial, and their image unless it is the official one. */
  konnectivity?: { server: string; image?: string };
}

export interface Addon {
  name: AddonName;
  /** What tells its health, in kube-system. */
  workload: { kind: 'Deployment' | 'DaemonSet'; name: string };
  /** Its pods have to be made anew when its ConfigMap changes. */
  readsConfigOnce?: true;
  isOn: (input: AddonInput) => boolean;
  /** Its objects, whole. */
  render: (input: AddonInput) => KubeObject[];
}

export const ADDON_NAMESPACE = 'kube-system';

/** Fresh copies of the manifests of one file of manifests/addons. */
export const manifests = manifestsIn('addons');

/** The image that the cluster names for an addon, or the official one. */
export function imageOf(name: AddonImage, { kubernetesVersion, settings }: AddonInput): string {
  const { image } = settings[name === 'flannel' ? 'cni' : name] ?? {};
  return image ?? mirrored(officialImage(name, kubernetesVersion), settings.imageRegistry);
}

export interface Workload extends KubeObject {
  spec: { replicas?: number; template: Json<Required<Pick<V1PodTemplateSpec, 'spec' | 'metadata'>>> };
}

export function isWorkload(object: KubeObject): object is Workload {
  return object.kind === 'Deployment' || object.kind === 'DaemonSet';
}

/** Changes a workload among `objects`: the image of its containers, and what `change` does. */
export function withWorkload(
  objects: readonly KubeObject[],
  image: string,
  change: (workload: Workload) => void = () => undefined,
): KubeObject[] {
  for (const workload of objects.filter(isWorkload)) {
    for (const container of workload.spec.template.spec.containers) container.image = image;
    change(workload);
  }
  return [...objects];
}

/** Adds entries to the ConfigMap among `objects`. */
export function withConfig(objects: readonly KubeObject[], data: Record<string, string>): KubeObject[] {
  return objects.map((object) =>
    object.kind === 'ConfigMap' ? { ...object, data: { ...(object['data'] as object), ...data } } : object,
  );
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
