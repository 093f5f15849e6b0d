import type { Instance } from '../../model/instance.js';
import { annotations } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import { isOwnedBy } from '../releases/ownership.js';
import { phasesOf } from '../releases/placement.js';
import { isPrecious, type Recorded, recordedBy } from '../releases/prune.js';
import type { AppCluster } from './app-cluster.js';

/**
 * Removes everything an instance made: workloads first, what they need last. Volumes, namespaces and CRDs stay unless
 * the deletion asked for them too.
 */
export async function dismantle(
  cluster: AppCluster,
  { metadata }: Instance,
  releases: ReadonlyMap<string, readonly Release[]>,
  signal: AbortSignal,
): Promise<void> {
  const takesVolumes = metadata.annotations?.[annotations.deleteVolumes] === 'true';
  const recorded: Recorded[] = [];
  for (const [service, own] of releases) {
    for (const entry of recordedBy(own)) {
      await cluster.watch(entry);
      const live = cluster.find(entry);
      const isOurs = live && isOwnedBy(live, { instance: metadata.name, service });
      if (isOurs && (takesVolumes || !isPrecious(entry))) recorded.push(entry);
    }
  }
  for (const phase of phasesOf(recorded).toReversed()) {
    await Promise.all(phase.map((entry) => cluster.remove(entry, signal)));
  }
}
