import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { BerthError } from '../../core/errors.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { type Exclusion, OperationRequests, requireInitialized } from '../operations/operation-requests.js';
import { Views } from '../views.js';
import type { DefragmentRequest, ReplaceMemberRequest } from './etcd-schemas.js';

const noOther = {
  defragmentation: { isInTheWay: ({ type }) => type === 'Defragment', what: 'is being defragmented already' },
  replacement: { isInTheWay: ({ type }) => type === 'ReplaceMember', what: 'has a member replaced already' },
} satisfies Record<string, Exclusion>;

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
    const cause = { user: caller.name, reason };
    return this.requests.make(cluster, { type: 'Defragment', cause }, noOther.defragmentation);
  }

  /**
   * Throws ClusterNotFound, EtcdMemberNotFound (404); ClusterNotReady, OperationInProgress, EtcdMemberNeeded (409);
   * ConfirmationRequired (400).
   */
  async replaceMember(
    caller: Identity,
    name: string,
    member: string,
    { reason, confirm }: ReplaceMemberRequest,
  ): Promise<Operation> {
    const cluster = await this.#cluster(caller, name);
    requireReplaceable(cluster, member);
    if (confirm !== member) throw notConfirmed(member);
    const cause = { user: caller.name, reason };
    return this.requests.make(cluster, { type: 'ReplaceMember', member, cause }, noOther.replacement);
  }

  async #cluster(caller: Identity, name: string): Promise<Cluster> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, 'create', { resource: 'clusters/etcd', name, tenant: cluster.spec.tenant });
    requireInitialized(cluster);
    return cluster;
  }
}

function requireReplaceable({ metadata, status }: Cluster, member: string): void {
  const members = status?.etcd?.members ?? [];
  if (!members.some(({ name }) => name === member)) {
    throw new BerthError('EtcdMemberNotFound', `etcd of "${metadata.name}" has no member "${member}".`, {
      status: 404,
      next: `See who its members are: berth etcd status ${metadata.name}.`,
    });
  }
  const others = members.filter(({ name, id }) => name !== member && id !== undefined);
  if (others.length > members.length / 2) return;
  throw new BerthError('EtcdMemberNeeded', `Without ${member} no majority of etcd has the data.`, {
    status: 409,
    next: `Bring the other members back first, or restore a backup: berth cluster restore ${metadata.name}.`,
  });
}

function notConfirmed(member: string): BerthError {
  return new BerthError('ConfirmationRequired', `The volume of ${member} is deleted and filled anew.`, {
    status: 400,
    fields: [{ path: 'confirm', message: `must be ${member}` }],
    next: `Send "confirm": "${member}" to go on.`,
  });
}
