import type { Clock } from '../../core/clock.js';
import { hostedClient } from '../../clusters/hosted-access.js';
import type { Installation } from '../../clusters/installation.js';
import type { KubeClient } from '../../kube/client.js';
import type { Cluster } from '../../model/cluster.js';
import { AppCluster } from './app-cluster.js';

export interface AppClustersOptions {
  meta: KubeClient;
  hostedAccess: Installation['hostedAccess'];
  clock: Clock;
  /** Told that something of an instance changed in a hosted cluster. */
  changed: (cluster: string, instance: string) => void;
}

/** Requests under way to one hosted cluster at once: a small API server must not drown in a large rollout. */
const CONNECTIONS = 16;
const TIMEOUT_MS = 15_000;

interface Opened {
  address: string;
  cluster: Promise<AppCluster>;
}

/** One connection for each hosted cluster that has instances, shared by all of them. */
export class AppClusters {
  readonly #opened = new Map<string, Opened>();

  constructor(private readonly options: AppClustersOptions) {}

  /** @throws BerthError `HostedAccessMissing` while the certificate or the address is not there yet. */
  async open(cluster: Cluster): Promise<AppCluster> {
    const { name } = cluster.metadata;
    const { address = '', port = '' } = cluster.status?.endpoint ?? {};
    const known = this.#opened.get(name);
    if (known?.address === `${address}:${port}`) return known.cluster;
    // Known before anything is awaited: two who ask at once must not make two connections, one of which nobody closes.
    const opening = this.#reconnect(cluster, known);
    this.#opened.set(name, { address: `${address}:${port}`, cluster: opening });
    opening.catch(() => {
      if (this.#opened.get(name)?.cluster === opening) this.#opened.delete(name);
    });
    return opening;
  }

  /**
   * Gives a connection up: the next `open` makes a new one, with the credentials there are by then. False when somebody
   * has done so already.
   */
  async drop(cluster: AppCluster): Promise<boolean> {
    const known = this.#opened.get(cluster.name);
    if ((await known?.cluster.catch(() => undefined)) !== cluster) return false;
    if (this.#opened.get(cluster.name) !== known) return false;
    this.#opened.delete(cluster.name);
    await cluster.close();
    return true;
  }

  /** Closes what leads to a cluster that is gone, or on which nothing runs any more. */
  async forget(name: string): Promise<void> {
    const known = this.#opened.get(name);
    this.#opened.delete(name);
    await end(known);
  }

  async closeAll(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(all.map(end));
  }

  async #reconnect(cluster: Cluster, before: Opened | undefined): Promise<AppCluster> {
    await end(before);
    return this.#connect(cluster);
  }

  async #connect(cluster: Cluster): Promise<AppCluster> {
    const { meta, hostedAccess, clock, changed } = this.options;
    const { name } = cluster.metadata;
    const limits = { connections: CONNECTIONS, timeoutMs: TIMEOUT_MS, clock };
    const client = await hostedClient(meta, cluster, hostedAccess, limits);
    return new AppCluster(name, client, (instance) => changed(name, instance));
  }
}

async function end(opened: Opened | undefined): Promise<void> {
  const cluster = await opened?.cluster.catch(() => undefined);
  await cluster?.close();
}
