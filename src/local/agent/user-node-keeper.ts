/** Keeps user nodes and the world in step: their hosts go with their cluster, and masters reach their pods. */
import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../core/logging.js';
import type { CacheReader } from '../../kube/cache.js';
import type { KubeClient } from '../../kube/client.js';
import { Informers } from '../../kube/informers.js';
import { type ReconcileResult, Runner, done } from '../../kube/runner.js';
import { enqueueChanges } from '../../kube/sources.js';
import { WorkQueue } from '../../kube/work-queue.js';
import type { Cluster } from '../../model/cluster.js';
import type { Node } from '../../kube/resources.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import { type NetworkPlan, metaLink, nodeLink } from '../network/plan.js';
import type { DataDir } from '../paths.js';
import { type PodRoute, PodRoutes } from '../user-nodes/pod-routes.js';
import { type UserNodeRecord, readRecords } from '../user-nodes/record.js';
import { UserNode } from '../user-nodes/user-node.js';
import { NodeWatches } from './node-watches.js';

export interface UserNodeKeeperOptions {
  client: KubeClient;
  dir: DataDir;
  plan: NetworkPlan;
  logger: Logger;
}

export class UserNodeKeeper {
  readonly #informers: Informers;
  readonly #clusters: CacheReader<Cluster>;
  readonly #queue = new WorkQueue();
  readonly #runner: Runner;
  readonly #watches: NodeWatches;
  readonly #routes: PodRoutes;
  #records?: FSWatcher;

  constructor(private readonly options: UserNodeKeeperOptions) {
    const { client, plan, logger } = options;
    this.#informers = new Informers(client);
    this.#clusters = this.#informers.informer(berthResources.Cluster).cache;
    enqueueChanges(this.#clusters, this.#queue, ({ metadata }) => [metadata.name]);
    this.#watches = new NodeWatches(client, (cluster) => this.#queue.add(cluster));
    this.#routes = new PodRoutes(metaLink(plan).namespace);
    const reconcile = (cluster: string): Promise<ReconcileResult> => this.keep(cluster);
    this.#runner = new Runner({ name: 'user-nodes', queue: this.#queue, reconcile, logger });
  }

  async start(): Promise<void> {
    const { dir, plan } = this.options;
    await mkdir(dir.userNodes, { recursive: true });
    // Nodes that come and go are seen by the files that describe them.
    this.#records = watch(dir.userNodes, () => void this.enqueueAll());
    await this.#informers.synced();
    await this.#routes.keepOnly(addressesOf(plan, await readRecords(dir)));
    await this.enqueueAll();
    this.#runner.start();
  }

  async stop(): Promise<void> {
    this.#records?.close();
    await this.#runner.stop();
    await this.#watches.closeAll();
    await this.#informers.close();
  }

  /** Clusters that are gone may have left hosts. */
  private async enqueueAll(): Promise<void> {
    const owners = (await readRecords(this.options.dir)).map(({ cluster }) => cluster);
    for (const cluster of new Set([...owners, ...this.#watches.clusters()])) this.#queue.add(cluster);
  }

  private async keep(name: string): Promise<ReconcileResult> {
    const { dir, plan, logger } = this.options;
    const cluster = this.#clusters.get({ namespace: clusterNamespace(name), name });
    for (const record of await this.recordsOf(name)) {
      // One that has not joined is still in the hands of whoever makes it.
      if (!record.joined || isNodeOf(record, cluster)) continue;
      logger.info({ node: record.name, cluster: name }, 'removing the host of a cluster that is gone');
      await new UserNode(dir, plan, record).remove();
    }
    const records = await this.recordsOf(name);
    if (cluster && records.length > 0) await this.route(cluster, records);
    else await this.#watches.close(name);
    await this.#routes.keepOnly(addressesOf(plan, await readRecords(dir)));
    return done;
  }

  private async route(cluster: Cluster, records: readonly UserNodeRecord[]): Promise<void> {
    const { plan, logger } = this.options;
    const nodes = await this.#watches.nodes(cluster);
    if (!nodes) return;
    const refused = await this.#routes.set(addressesOf(plan, records), routesTo(records, nodes));
    for (const { cidr, via } of refused) {
      const { name } = cluster.metadata;
      logger.warn(
        { cluster: name, cidr, via },
        'masters cannot reach these pods: another cluster has their network',
      );
    }
  }

  private async recordsOf(cluster: string): Promise<UserNodeRecord[]> {
    return (await readRecords(this.options.dir)).filter((record) => record.cluster === cluster);
  }
}

/** The cluster itself, not a later one of the same name, and not one that is being deleted. */
function isNodeOf({ clusterUid }: UserNodeRecord, cluster: Cluster | undefined): boolean {
  return cluster?.metadata.uid === clusterUid && cluster.metadata.deletionTimestamp === undefined;
}

function addressesOf(plan: NetworkPlan, records: readonly UserNodeRecord[]): Set<string> {
  return new Set(records.map(({ name, number }) => nodeLink(plan, name, number).address));
}

function routesTo(records: readonly UserNodeRecord[], nodes: readonly Node[]): PodRoute[] {
  const hosts = new Set(records.map(({ name }) => name));
  return nodes.flatMap(({ metadata, spec, status }) => {
    const via = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    return hosts.has(metadata.name) && spec?.podCIDR && via ? [{ cidr: spec.podCIDR, via }] : [];
  });
}
