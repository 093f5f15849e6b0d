import { wholeAmount } from '../control-plane/quantity.js';
import { resources } from '../kube/resources.js';
import type { Cluster } from '../model/cluster.js';
import { clusterConditions, findCondition, isTrue } from '../model/conditions.js';
import { berthResources } from '../model/kinds.js';
import type { ClusterScope } from './scope.js';
import type { ClusterWorld } from './world.js';

/** Why a cluster that makes way has no controllers yet. */
export const MAKING_WAY = 'MakingWay';
/** From when its API server answered: after this its controllers wait for nobody. */
const LONGEST_MS = 30_000;
/** From when a cluster was made: after this it neither waits nor is waited for, as it does not lack CPU alone. */
const START_MS = 120_000;

/**
 * Until when, at the latest, the controllers of a new cluster let the API servers of other new clusters start first
 * (docs/adr/0022): milliseconds since the epoch, undefined when they do not. They do where as many others start as the
 * meta-cluster has CPUs.
 */
export function makesWayUntil({ cluster, status, services }: ClusterScope): number | undefined {
  const { world, clock } = services;
  const now = clock.now();
  const start = Date.parse(cluster.metadata.creationTimestamp ?? '') + START_MS;
  const until = status.initializedAt ? Math.min(start, Date.parse(status.initializedAt) + LONGEST_MS) : start;
  if (!(now < until)) return undefined;
  const others = world
    .list(berthResources.Cluster)
    .filter((other) => other.metadata.uid !== cluster.metadata.uid && isStarting(other, now));
  const cpus = cpusOf(world);
  return cpus > 0 && others.length >= cpus ? until : undefined;
}

/** Those of the clusters that may be able to go on, now that this one has changed. */
export function madeWayFor(changed: Cluster, clusters: readonly Cluster[], now: number): Cluster[] {
  if (!isNew(changed, now) || isStarting(changed, now)) return [];
  return clusters.filter(
    ({ status }) => findCondition(status?.conditions, clusterConditions.ready)?.reason === MAKING_WAY,
  );
}

/** Its masters were asked for, and its API server is not available. */
function isStarting(cluster: Cluster, now: number): boolean {
  const { metadata, status } = cluster;
  if (!isNew(cluster, now) || metadata.deletionTimestamp) return false;
  if (isTrue(status?.conditions, clusterConditions.stalled)) return false;
  const apiServer = status?.components?.find(({ name }) => name === 'kube-apiserver');
  return apiServer !== undefined && !apiServer.available;
}

function isNew({ metadata }: Cluster, now: number): boolean {
  return now - Date.parse(metadata.creationTimestamp ?? '') < START_MS;
}

function cpusOf(world: ClusterWorld): number {
  const cpus = world
    .list(resources.Node)
    .map(({ status }) => wholeAmount(status?.allocatable?.['cpu'] ?? '0'));
  return cpus.reduce((sum, count) => sum + count, 0);
}
