import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { OperationRequests, requireInitialized } from '../operations/operation-requests.js';
import { Views } from '../views.js';
import type { DefragmentRequest } from './etcd-schemas.js';

/** Asks for work on a cluster's etcd. The reconcilers do it. */
@Injectable()
export class EtcdService {
  constructor(
    private readonly views: Views,
    private readonly requests: OperationRequests,
  ) {}

  /** Throws ClusterNotFound (404); ClusterNotReady, OperationInProgress (409). */
  async defragment(caller: Identity, name: string, { reason }: DefragmentRequest): Promise<Operation> {
    const cluster = await this.#cluster(caller, name);
    this.requests.requireNone(name, ({ type }) => type === 'Defragment', 'is being defragmented already');
    return this.requests.make(cluster, { type: 'Defragment', cause: { user: caller.name, reason } });
  }

  async #cluster(caller: Identity, name: string): Promise<Cluster> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, 'create', { resource: 'clusters/etcd', name, tenant: cluster.spec.tenant });
    requireInitialized(cluster);
    return cluster;
  }
}
