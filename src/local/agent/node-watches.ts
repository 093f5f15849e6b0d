/** Watches on the nodes of hosted clusters that have hosts on this machine. */
import { digestOf } from '../../core/digest.js';
import { ADMIN_SECRET, connectionBy, hostedAccess } from '../../clusters/hosted-access.js';
import { KubeClient } from '../../kube/client.js';
import { Informers } from '../../kube/informers.js';
import { type Node, resources } from '../../kube/resources.js';
import type { Cluster } from '../../model/cluster.js';
import { API_SERVER_SERVICE } from '../../pki/certificates.js';

interface Watch {
  /** Digest of what the connection was made from; another address or certificate makes another one. */
  origin: string;
  client: KubeClient;
  informers: Informers;
  /** Whether the first list is there. */
  synced: boolean;
}

export class NodeWatches {
  readonly #watches = new Map<string, Watch>();

  /** @param changed is called with the name of a cluster whose nodes changed. */
  constructor(
    private readonly meta: KubeClient,
    private readonly changed: (cluster: string) => void,
  ) {}

  /**
   * The nodes of a cluster; undefined until they are known. `changed` tells when they are, and of more.
   * @throws BerthError HostedAccessMissing while there is no way into it yet
   */
  async nodes(cluster: Cluster): Promise<Node[] | undefined> {
    const { informers, synced } = await this.#open(cluster);
    return synced ? informers.informer(resources.Node).cache.list() : undefined;
  }

  async close(cluster: string): Promise<void> {
    const watch = this.#watches.get(cluster);
    this.#watches.delete(cluster);
    await watch?.informers.close();
    await watch?.client.close();
  }

  /** Names of the clusters that are watched. */
  clusters(): string[] {
    return [...this.#watches.keys()];
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#watches.keys()].map((cluster) => this.close(cluster)));
  }

  async #open({ metadata, status = {} }: Cluster): Promise<Watch> {
    const { name, namespace } = metadata;
    const [secret, service] = await Promise.all([
      this.meta.find(resources.Secret, { namespace, name: ADMIN_SECRET }),
      this.meta.find(resources.Service, { namespace, name: API_SERVER_SERVICE }),
    ]);
    const access = hostedAccess({ cluster: name, status, secret, service, by: 'service' });
    const origin = digestOf(access);
    const opened = this.#watches.get(name);
    if (opened?.origin === origin) return opened;
    await this.close(name);
    const client = new KubeClient(await connectionBy(access));
    const watch = { origin, client, informers: new Informers(client), synced: false };
    this.#watches.set(name, watch);
    this.#follow(name, watch);
    return watch;
  }

  #follow(name: string, watch: Watch): void {
    const { cache, synced } = watch.informers.informer(resources.Node);
    const changed = () => this.changed(name);
    cache.onChange(changed);
    void synced.then(() => {
      watch.synced = true;
      changed();
    });
  }
}
