/** Which clusters a fleet's upgrade is about, and in which wave each one is. Pure. */
import { labelSelector } from '../../core/label-selector.js';
import type { Cluster } from '../../model/cluster.js';
import type { FleetTarget, FleetUpgradeSpec, FleetWave } from '../../model/fleet-upgrade.js';

/** By name. Throws InvalidParameter (400) for a selector that is none. */
export function chosenClusters(
  { selector, tenants }: Pick<FleetUpgradeSpec, 'selector' | 'tenants'>,
  clusters: readonly Cluster[],
): Cluster[] {
  const matches = labelSelector(selector);
  return clusters
    .filter(({ metadata, spec }) => {
      const isOfTenant = tenants === undefined || tenants.includes(spec.tenant);
      return isOfTenant && metadata.deletionTimestamp === undefined && matches(metadata.labels);
    })
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** Every cluster in its wave; waves that take none are left out. Throws InvalidParameter (400). */
export function inWaves(clusters: readonly Cluster[], waves: readonly FleetWave[]): FleetTarget[] {
  const groups: Cluster[][] = [];
  let left = [...clusters];
  // What no wave takes makes the last one.
  for (const wave of [...waves, {}]) {
    const taken = takenBy(wave, left, clusters.length);
    left = left.filter((cluster) => !taken.includes(cluster));
    if (taken.length > 0) groups.push(taken);
  }
  return groups.flatMap((group, i) =>
    group.map(({ metadata }): FleetTarget => ({ cluster: metadata.name, wave: i + 1, phase: 'Pending' })),
  );
}

/** `percent` counts those of earlier waves too, so that 10, 50, 100 are read as one does. */
function takenBy({ selector = '', percent }: FleetWave, left: readonly Cluster[], all: number): Cluster[] {
  const matches = labelSelector(selector);
  const earlier = all - left.length;
  const room = percent === undefined ? left.length : Math.ceil((all * percent) / 100) - earlier;
  return left.filter(({ metadata }) => matches(metadata.labels)).slice(0, Math.max(0, room));
}
