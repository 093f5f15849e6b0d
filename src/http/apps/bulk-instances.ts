/** One request about many instances: of a cluster, or of an application on many clusters. */
import { Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { BerthError } from '../../core/errors.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace, tenantNamespace } from '../../model/names.js';
import { labelSelector } from '../../core/label-selector.js';
import type { InTenant } from '../addresses.js';
import { Views } from '../views.js';
import { aFewAtOnce, refusalOf } from './bulk.js';
import type {
  BulkInstanceAnswer,
  BulkInstanceCreation,
  BulkReleaseAnswer,
  BulkReleaseRequest,
} from './instance-schemas.js';
import { InstanceService } from './instance.service.js';

@Injectable()
export class BulkInstances {
  constructor(
    private readonly views: Views,
    private readonly instances: InstanceService,
  ) {}

  /** One that is refused keeps no other from being released. Throws NoTargets (422). */
  async release(
    caller: Identity,
    cluster: string,
    { labelSelector: selector, instances, ...request }: BulkReleaseRequest,
  ): Promise<BulkReleaseAnswer> {
    await this.views.clusters.read({ namespace: clusterNamespace(cluster), name: cluster });
    const names = this.#instancesOf(cluster, selector, instances);
    const items = await pMap(
      names,
      async (instance) => {
        const nothing = { instance, releases: [], unchanged: [], held: [] };
        const work = this.instances.release(caller, { cluster, name: instance }, request);
        return work.then(
          (released) => ({ instance, ...released }),
          (error: unknown) => ({ ...nothing, refused: refusalOf(error) }),
        );
      },
      aFewAtOnce,
    );
    return { items };
  }

  /** One that is refused keeps no other from being made. Throws ApplicationNotFound (404), NoTargets (422). */
  async create(
    caller: Identity,
    { tenant, name: application }: InTenant,
    { metadata, spec, clusters, clusterSelector }: BulkInstanceCreation,
  ): Promise<BulkInstanceAnswer> {
    authorize(caller, 'create', { resource: 'instances', tenant });
    await this.views.tenants.read({ name: tenant });
    await this.views.applications.read({ namespace: tenantNamespace(tenant), name: application });
    const names = this.#clustersOf(tenant, clusterSelector, clusters);
    const items = await pMap(
      names,
      async (cluster) => {
        const work = this.instances.create(caller, cluster, { metadata, spec: { ...spec, application } });
        return work.then(
          (instance) => ({ cluster, instance }),
          (error: unknown) => ({ cluster, refused: refusalOf(error) }),
        );
      },
      aFewAtOnce,
    );
    return { items };
  }

  #instancesOf(cluster: string, selector = '', wanted?: readonly string[]): string[] {
    const matches = labelSelector(selector);
    const own = this.views.instances
      .all()
      .filter(({ metadata }) => metadata.namespace === clusterNamespace(cluster) && matches(metadata.labels))
      .map(({ metadata }) => metadata.name);
    return chosen('instances', own, wanted);
  }

  #clustersOf(tenant: string, selector = '', wanted?: readonly string[]): string[] {
    const matches = labelSelector(selector);
    const isOwn = ({ metadata, spec }: Cluster) => spec.tenant === tenant && matches(metadata.labels);
    const own = this.views.clusters.all().filter(isOwn);
    return chosen(
      'clusters',
      own.map(({ metadata }) => metadata.name),
      wanted,
    );
  }
}

/** What was named, or everything that matches; all of it has to be there. */
function chosen(path: string, there: readonly string[], wanted: readonly string[] = there): string[] {
  const missing = wanted.filter((name) => !there.includes(name));
  if (missing.length === 0 && wanted.length > 0) return [...new Set(wanted)].sort();
  const message = missing.length > 0 ? `there is no ${missing.join(', ')}` : 'none matches';
  throw new BerthError('NoTargets', `Not all of these ${path} are there, or none matches.`, {
    status: 422,
    fields: [{ path, message }],
    next: 'List what there is: berth instance list CLUSTER, berth cluster list --tenant TENANT.',
  });
}
