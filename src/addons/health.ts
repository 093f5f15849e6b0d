import type { V1DaemonSetStatus, V1DeploymentStatus } from '@kubernetes/client-node';
import type { Json, KubeObject } from '../kube/types.js';
import type { AddonStatus } from '../model/cluster.js';

/** Whether addons are up, told from their live workloads. Pure. */

/** One that no node asks for is up. */
export function addonHealth(workload: KubeObject | undefined): Omit<AddonStatus, 'name'> {
  if (!workload) return { ready: false, message: 'not created yet' };
  const { observedGeneration = 0 } = (workload.status ?? {}) as { observedGeneration?: number };
  const { wanted, updated, available } = countsOf(workload);
  const seen = observedGeneration >= (workload.metadata.generation ?? 1);
  if (seen && available >= wanted && updated >= wanted) return { ready: true };
  return { ready: false, message: `${available} of ${wanted} pods available` };
}

/** Some pod of it answers. */
export function isServing(workload: KubeObject | undefined): boolean {
  return workload !== undefined && countsOf(workload).available > 0;
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
