import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Json, KubeObject } from '../kube/types.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { clusterConditions } from '../model/conditions.js';
import type { ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import { GROUP } from '../model/names.js';
import type { KeptSecret } from '../pki/certificates.js';
import type { PlanSpec } from '../model/plan.js';
import { stageLabel } from '../versions/stages.js';

/** The component framework: what a component of the masters is, and what it is rendered from. */

/** On pod templates and pods: the version of the component that runs there. */
export const VERSION_LABEL = `${GROUP}/version`;

export type ComponentName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** How the Service of the API server is reached from outside; an exposure strategy decides it. */
export interface ServiceExposure {
  type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  annotations?: Record<string, string>;
}

/**
 * All that the masters are rendered from. Nothing in here is known only after something was created: the address and port of the endpoint do not reach the pods, so etcd, Services and masters can be
 * applied before the endpoint is known.
 */
export interface ControlPlaneInput {
  cluster: { name: string; namespace: string; spec: ClusterSpec };
  plan: PlanSpec;
  version: ControlPlaneVersionSpec;
  /** The release whose minor the Kubernetes components emulate, in the soak of an upgrade (KEP-4330). */
  actsAs?: string;
  service: ServiceExposure;
  /** Networks of the meta-cluster (pods, Services) that the API server must not reach on a user's behalf. */
  deniedNetworks?: readonly string[];
}

export type Container = Json<V1Container>;
export type PodSpec = Json<V1PodSpec>;

/** A Deployment or StatefulSet, as rendered or as it is live. */
export interface Workload extends KubeObject {
  kind: 'Deployment' | 'StatefulSet';
  spec: {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: PodSpec;
    };
    [field: string]: unknown;
  };
}

/** One component of the masters: a folder here, and a folder of YAML in manifests/control-plane. */
export interface Component {
  name: ComponentName;
  /** The condition of a Cluster that tells how it is. */
  conditionType: (typeof clusterConditions)[keyof typeof clusterConditions];
  /** Must be available and rolled out at the desired version before this one is changed. */
  dependencies: readonly ComponentName[];
  /** Retries its dependencies while it starts, so it is created as soon as their containers run. */
  retriesDependencies?: boolean;
  workload: { kind: Workload['kind']; name: string };
  /**
   * The authorities and keys that it reads only when it starts: a change of one restarts its pods, one by one. All
   * others, and every leaf certificate, it reads again by itself when they are renewed.
   */
  readsOnce: readonly KeptSecret[];
  /** The version this component is desired at; a label value. */
  version: (input: Pick<ControlPlaneInput, 'version' | 'actsAs'>) => string;
  /** Its objects as the recipe has them, before patches. The workload comes last. */
  render: (input: ControlPlaneInput) => KubeObject[];
}

/**
 * The version of a Kubernetes component. What it emulates is part of it: ending the soak rolls the masters in the
 * same order as a change of binaries.
 */
export function kubernetesVersionLabel({
  version: { kubernetesVersion },
  actsAs,
}: Pick<ControlPlaneInput, 'version' | 'actsAs'>): string {
  return stageLabel({ kubernetesVersion, actsAs });
}

/** Objects that belong to no single component: they are applied first. */
export const SHARED = 'control-plane';

/** What is desired in the namespace of a cluster, in the order in which to apply it. */
export type RenderedControlPlane = ReadonlyMap<ComponentName | typeof SHARED, KubeObject[]>;
