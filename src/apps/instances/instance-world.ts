import { type CacheReader, type IndexFunction } from '../../kube/cache.js';
import type { Informers } from '../../kube/informers.js';
import type { ObjectRef } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import type { Rollout } from '../../model/rollout.js';

/** Key of the instance that a release is about. */
export function instanceKeyOf({ metadata, spec }: Release): string {
  return `${metadata.namespace}/${spec.instance}`;
}

const byInstance: IndexFunction<Release> = (release) => [instanceKeyOf(release)];

/** The cluster whose namespace an instance lies in. */
export function clusterOf({ metadata }: { metadata: ObjectRef }): string {
  return (metadata.namespace ?? '').slice(clusterNamespace('').length);
}

/** The meta-cluster as far as applications are concerned, as the caches have it. */
export class AppsWorld {
  readonly instances: CacheReader<Instance>;
  readonly rollouts: CacheReader<Rollout>;
  readonly releases: CacheReader<Release>;
  readonly clusters: CacheReader<Cluster>;

  constructor(informers: Informers) {
    this.instances = informers.informer(berthResources.Instance).cache;
    this.releases = informers.informer(berthResources.Release).cache;
    this.rollouts = informers.informer(berthResources.Rollout).cache;
    this.clusters = informers.informer(berthResources.Cluster).cache;
  }

  clusterOf(instance: { metadata: ObjectRef }): Cluster | undefined {
    const { namespace } = instance.metadata;
    return this.clusters.get({ namespace, name: clusterOf(instance) });
  }

  /** The releases of an instance by service, each in the order of the revisions. */
  releasesOf({ metadata }: { metadata: ObjectRef }): Map<string, Release[]> {
    return releasesByService(this.releases.by(byInstance, `${metadata.namespace}/${metadata.name}`));
  }
}

/** Releases by service, each in the order of the revisions. */
export function releasesByService(releases: readonly Release[]): Map<string, Release[]> {
  const sorted = releases.toSorted((a, b) => a.spec.revision - b.spec.revision);
  return Map.groupBy(sorted, ({ spec }) => spec.service);
}
