import type { KubeObject } from '../kube/types.js';
import type { AddonStatus } from '../model/cluster.js';
import { type Addon, type AddonInput, ADDON_NAMESPACE, type AddonName } from './addon.js';
import { coreDNS } from './coredns.js';
import { kubeProxy } from './kube-proxy.js';

/** On every object of an addon: which one it is of. What carries it and is desired no more is removed. */
export const ADDON_LABEL = 'berth.dev/addon';

const addons: readonly Addon[] = [kubeProxy, coreDNS];

/** The addons that are on, with their objects. Pure. */
export function renderAddons(input: AddonInput): Map<AddonName, KubeObject[]> {
  const enabled = addons.filter(({ name }) => input.settings[name]?.enabled !== false);
  return new Map(
    enabled.map((addon) => [addon.name, addon.render(input).map((object) => labelled(object, addon.name))]),
  );
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

/** Replica counts of a Deployment and of a DaemonSet. */
interface RolloutStatus {
  observedGeneration?: number;
  replicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  desiredNumberScheduled?: number;
  numberAvailable?: number;
  updatedNumberScheduled?: number;
}

/** Whether an addon is up, by its live workload. One that no node asks for is. */
export function addonStatus(name: AddonName, workload: KubeObject | undefined): AddonStatus {
  const status = (workload?.status ?? {}) as RolloutStatus;
  const spec = (workload?.['spec'] ?? {}) as { replicas?: number };
  const isDaemonSet = workload?.kind === 'DaemonSet';
  const wanted = isDaemonSet ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
  const available = (isDaemonSet ? status.numberAvailable : status.availableReplicas) ?? 0;
  const updated = (isDaemonSet ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0;
  const seen = (status.observedGeneration ?? 0) >= (workload?.metadata.generation ?? 1);
  const ready = seen && available >= wanted && updated >= wanted;
  return { name, ready, ...(!ready && { message: `${available} of ${wanted} pods available` }) };
}
