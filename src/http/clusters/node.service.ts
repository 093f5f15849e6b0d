import { Injectable } from '@nestjs/common';
import { authorize, type Verb } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { Cluster } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import { drainOnce, type DrainResult } from '../../nodes/drain.js';
import { type NodeView, nodeView } from '../../nodes/node-view.js';
import { requireConfirmation } from '../confirmation.js';
import { Views } from '../views.js';
import { HostedService } from './hosted.service.js';
import type { DrainRequest, NodePatch } from './node-schemas.js';

/** The machines of a hosted cluster, as its own API tells of them. Throws NodeNotFound (404). */
@Injectable()
export class NodeService {
  constructor(
    private readonly views: Views,
    private readonly hosted: HostedService,
  ) {}

  async list(caller: Identity, name: string): Promise<{ items: NodeView[] }> {
    return this.#within(caller, 'list', name, async (client) => {
      const [nodes, pods] = await Promise.all([client.list(resources.Node), client.list(resources.Pod)]);
      return { items: nodes.items.map((node) => nodeView(node, pods.items)) };
    });
  }

  async get(caller: Identity, name: string, node: string): Promise<NodeView> {
    return this.#within(caller, 'get', name, (client) => viewOf(client, node));
  }

  /** Opens a node to new pods, or closes it. */
  async patch(caller: Identity, name: string, node: string, { schedulable }: NodePatch): Promise<NodeView> {
    return this.#within(caller, 'patch', name, async (client) => {
      await viewOf(client, node);
      await client.patch(
        resources.Node,
        { name: node },
        { spec: { unschedulable: schedulable ? null : true } },
      );
      return viewOf(client, node);
    });
  }

  async drain(caller: Identity, name: string, node: string, request: DrainRequest): Promise<DrainResult> {
    return this.#within(caller, 'patch', name, async (client) => {
      await viewOf(client, node);
      return drainOnce(client, node, request);
    });
  }

  /** Takes a node out of the cluster; the machine itself is left as it is. Throws ConfirmationRequired (400). */
  async delete(caller: Identity, name: string, node: string, confirm?: string): Promise<NodeView> {
    return this.#within(caller, 'delete', name, async (client) => {
      const view = await viewOf(client, node);
      requireConfirmation(node, confirm);
      await client.delete(resources.Node, { name: node });
      return view;
    });
  }

  async #within<R>(
    caller: Identity,
    verb: Verb,
    name: string,
    work: (client: KubeClient) => Promise<R>,
  ): Promise<R> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, verb, { resource: 'clusters/nodes', name, tenant: cluster.spec.tenant });
    if (!answers(cluster)) throw notReady(name);
    return this.hosted.within(cluster, work);
  }
}

async function viewOf(client: KubeClient, name: string): Promise<NodeView> {
  const node = await client.find(resources.Node, { name });
  if (!node) {
    throw new BerthError('NodeNotFound', `The cluster has no node "${name}".`, {
      status: 404,
      next: 'List them: berth node list CLUSTER.',
    });
  }
  const pods = await client.list(resources.Pod, { fieldSelector: `spec.nodeName=${name}` });
  return nodeView(node, pods.items);
}

function answers({ metadata, status }: Cluster): boolean {
  return !metadata.deletionTimestamp && status?.initializedAt !== undefined;
}

function notReady(name: string): BerthError {
  return new BerthError(
    'ClusterNotReady',
    `The API server of cluster "${name}" does not answer yet, or no more.`,
    {
      status: 409,
      next: `See how far it is: berth cluster describe ${name}.`,
    },
  );
}
