/** The application of five services as two instances on each of two hosted clusters, whose pods run on user nodes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/kube/types.js';
import type { Instance, ServiceState } from '../../../src/model/instance.js';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace, labels } from '../../../src/model/names.js';
import type { Release } from '../../../src/model/release.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { addNode } from '../../support/user-node.js';
import { Hosted } from '../hosting/hosted.js';
import { fiveServices } from './five-services.js';

const TENANT = '/api/v1/tenants/default';

export const INSTANCES = ['blue', 'green'];

export interface Pod extends KubeObject {
  status: { phase: string; conditions: { type: string; status: string; lastTransitionTime: string }[] };
}

export interface Site {
  cluster: Hosted;
  kubectl: Kubectl;
}

/** What asks for no cluster asks the first one. */
export class RunningShop {
  private constructor(
    readonly meta: Embedded,
    /** Name of template, config and application. */
    readonly app: string,
    readonly sites: readonly Site[],
    private readonly first: Site,
  ) {}

  static async start(): Promise<RunningShop> {
    const meta = await Embedded.open();
    const names = ['a', 'b'].map((name) => `shop-${name}-${meta.run}`);
    const clusters = await Promise.all(names.map((name) => Hosted.create(meta, name)));
    await Promise.all(clusters.map((cluster) => cluster.ready(300_000)));
    for (const cluster of clusters) await addNode(meta, cluster.name);
    const sites = await Promise.all(
      clusters.map(async (cluster) => ({ cluster, kubectl: await cluster.kubectl() })),
    );
    const shop = new RunningShop(meta, `shop-${meta.run}`, sites, sites[0] as Site);
    await shop.#makeApplication();
    for (const instance of INSTANCES)
      await meta.berth('instance', 'create', names.join(','), instance, '--app', shop.app);
    return shop;
  }

  async stop(): Promise<void> {
    await Promise.all(this.sites.map(({ cluster }) => cluster.delete()));
    for (const kind of ['applications', 'templates', 'configs'])
      await this.meta.api(`${TENANT}/${kind}/${this.app}?confirm=${this.app}`, { method: 'DELETE' });
    await this.meta.close();
  }

  get cluster(): string {
    return this.first.cluster.name;
  }

  get kubectl(): Kubectl {
    return this.first.kubectl;
  }

  /** `berth instance VERB CLUSTER INSTANCE …` */
  berth(verb: string, instance: string, ...args: string[]): Promise<string> {
    return this.meta.berth('instance', verb, this.cluster, instance, ...args);
  }

  /** Saves a version of the template or the config. */
  async save(kind: 'templates' | 'configs', body: object): Promise<void> {
    await this.#post(`${kind}/${this.app}/versions`, body);
  }

  /** Replaces the overrides of a service. */
  async override(instance: string, service: string, ...overrides: object[]): Promise<void> {
    const file = join(this.meta.scratch, 'override.yaml');
    await writeFile(file, JSON.stringify(overrides));
    await this.berth('set', instance, '--service', service, '--override', file);
  }

  async pods(namespace: string, service?: string, { kubectl }: Site = this.first): Promise<Pod[]> {
    const selector = service === undefined ? [] : ['-l', `app=${service}`];
    return (await kubectl.json<{ items: Pod[] }>('-n', namespace, 'get', 'pods', ...selector)).items;
  }

  /** What a shell in a pod of blue says. */
  inPod(service: string, script: string): Promise<string> {
    return this.kubectl.run('-n=blue', 'exec', `deploy/${service}`, '--', 'sh', '-c', script);
  }

  async podsGone(namespace: string, ...which: string[]): Promise<void> {
    await this.kubectl.run('-n', namespace, 'wait', 'pods', ...which, '--for=delete', '--timeout=60s');
  }

  /** Waits until the instance is as it shall be. */
  until(instance: string, what: string, holds: (found: Instance) => boolean): Promise<Instance> {
    return this.meta.until(
      berthResources.Instance,
      `${instance}: ${what}`,
      (instances) => {
        const found = instances.get({ namespace: clusterNamespace(this.cluster), name: instance });
        return found && holds(found) && found;
      },
      90_000,
    );
  }

  untilState(instance: string, service: string, state: ServiceState): Promise<Instance> {
    return this.until(
      instance,
      `${service} ${state}`,
      ({ status }) => status?.services?.[service]?.state === state,
    );
  }

  /** In the order of their revisions. */
  async releases(instance: string, service: string, { cluster }: Site = this.first): Promise<Release[]> {
    const { items } = await this.meta.client.list(berthResources.Release, {
      namespace: clusterNamespace(cluster.name),
      labelSelector: `${labels.instance}=${instance},${labels.service}=${service}`,
    });
    return items.toSorted((a, b) => a.spec.revision - b.spec.revision);
  }

  async #makeApplication(): Promise<void> {
    const metadata = { name: this.app };
    const set = [
      { name: 'greeting', value: 'hello' },
      { name: 'password', type: 'secret', value: 'planted-Pa55' },
      { name: 'page', value: 'page one' },
      { name: 'cacheSize', value: '10' },
      { name: 'replicas', value: 1 },
    ];
    await this.#post('configs', { metadata, set });
    await this.#post('templates', { metadata, content: fiveServices() });
    const environments = [{ name: 'test', config: metadata }];
    await this.#post('applications', { metadata, spec: { template: metadata, environments } });
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await this.meta.api(`${TENANT}/${path}`, { body });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }
}
