import type { V1DaemonSetStatus, V1DeploymentStatus } from '@kubernetes/client-node';
import type { Json, KubeObject } from '../kube/types.js';
import type { AddonStatus } from '../model/cluster.js';
import { type Addon, type AddonInput, ADDON_NAMESPACE, type AddonName } from './addon.js';
import { coreDNS } from './coredns.js';
import { konnectivityAgent } from './konnectivity-agent.js';
import { kubeProxy } from './kube-proxy.js';

/** On every object of an addon: which one it is of. What carries it and is desired no more is removed. */
export const ADDON_LABEL = 'berth.dev/addon';

const addons: readonly Addon[] = [konnectivityAgent, kubeProxy, coreDNS];

/** The addons that are on, with their objects. Pure. */
export function renderAddons(input: AddonInput): Map<AddonName, KubeObject[]> {
  const enabled = addons.filter((addon) => isOn(addon, input));
  return new Map(
    enabled.map((addon) => [addon.name, addon.render(input).map((object) => labelled(object, addon.name))]),
  );
}

function isOn({ name }: Addon, { settings, konnectivity }: AddonInput): boolean {
  return name === 'konnectivityAgent' ? konnectivity !== undefined : settings[name]?.enabled !== false;
}

function labelled(object: KubeObject, name: AddonName): KubeObject {
  const labels = { ...object.metadata.labels, [ADDON_LABEL]: name };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** The workload that tells an addon's health. */
export function workloadOf(name: AddonName): { kind: string; namespace: string; name: string } | undefined {
  const addon = addons.find((one) => one.name === name);
  return addon && { ...addon.workload, namespace: ADDON_NAMESPACE };
}

/** Whether an addon is up, by its live workload. One that no node asks for is. */
export function addonStatus(name: AddonName, workload: KubeObject | undefined): AddonStatus {
  if (!workload) return { name, ready: false, message: 'not created yet' };
  const { observedGeneration = 0 } = (workload.status ?? {}) as { observedGeneration?: number };
  const { wanted, updated, available } = countsOf(workload);
  const seen = observedGeneration >= (workload.metadata.generation ?? 1);
  if (seen && available >= wanted && updated >= wanted) return { name, ready: true };
  return { name, ready: false, message: `${available} of ${wanted} pods available` };
}

interface PodCounts {
  wanted: number;
  updated: number;
  available: number;
}

function countsOf(workload: KubeObject): PodCounts {
  return workload.kind === 'DaemonSet' ? daemonSetCounts(workload) : deploymentCounts(workload);
}

function deploymentCounts(workload: KubeObject): PodCounts {
  const { replicas: wanted = 1 } = (workload['spec'] ?? {}) as { replicas?: number };
  const status = (workload.status ?? {}) as Json<V1DeploymentStatus>;
  return { wanted, updated: status.updatedReplicas ?? 0, available: status.availableReplicas ?? 0 };
}

function daemonSetCounts(workload: KubeObject): PodCounts {
  const status = (workload.status ?? {}) as Partial<Json<V1DaemonSetStatus>>;
  return {
    wanted: status.desiredNumberScheduled ?? 0,
    updated: status.updatedNumberScheduled ?? 0,
    available: status.numberAvailable ?? 0,
  };
}
