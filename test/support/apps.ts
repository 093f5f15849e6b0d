/** Applications on real API servers: one stands for the meta-cluster, others for hosted clusters. */
import { ADMIN_SECRET } from '../../src/clusters/hosted-access.js';
import { secretObject } from '../../src/clusters/secrets.js';
import { AppsManager } from '../../src/apps/apps-manager.js';
import type { ConfigValue } from '../../src/apps/configs/values.js';
import { releasesByService } from '../../src/apps/instances/instance-world.js';
import {
  type PublishRequest,
  type PublishResult,
  requestPublish,
} from '../../src/apps/releases/publishing.js';
import { StoredRenderer, type VersionReader } from '../../src/apps/releases/stored-renderer.js';
import { systemClock } from '../../src/core/clock.js';
import { BerthError } from '../../src/core/errors.js';
import { createLogger } from '../../src/core/logging.js';
import { Metrics } from '../../src/core/metrics.js';
import type { KubeClient } from '../../src/kube/client.js';
import { Informers } from '../../src/kube/informers.js';
import type { Instance, InstanceSpec, ServiceState, ServiceStatus } from '../../src/model/instance.js';
import { berthResources } from '../../src/model/kinds.js';
import { API_VERSION, clusterNamespace } from '../../src/model/names.js';
import type { Release } from '../../src/model/release.js';
import type { TemplateContent } from '../../src/model/template.js';
import { installBerth } from './berth-api.js';
import { eventually } from './eventually.js';
import { TestApiServer } from './kube-apiserver.js';
import { ControllerManager } from './kube-controller-manager.js';

const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'garbage-collector-controller',
  'namespace-controller',
];

/** Versions of one template and one config, by their numbers from 1. */
export class TestVersions implements VersionReader {
  readonly templates: TemplateContent[] = [];
  readonly configs: ConfigValue[][] = [];

  async template(_tenant: string, { version }: { version: number }): Promise<TemplateContent> {
    const found = this.templates[version - 1];
    if (!found) throw new BerthError('TemplateVersionNotFound', `no version ${version}`, { status: 404 });
    return found;
  }

  async config(_tenant: string, { name, version }: { name: string; version: number }) {
    const keys = this.configs[version - 1];
    if (!keys) throw new BerthError('ConfigVersionNotFound', `no version ${version}`, { status: 404 });
    return { config: name, version, keys };
  }
}

/** A hosted cluster: an API server with the controllers of deployments, without nodes. */
export class TestHosted {
  private constructor(
    readonly server: TestApiServer,
    readonly client: KubeClient,
    private readonly controllers: ControllerManager,
  ) {}

  static async start(): Promise<TestHosted> {
    const server = await TestApiServer.start();
    return new TestHosted(server, await server.client(), await ControllerManager.start(server, CONTROLLERS));
  }

  async stop(): Promise<void> {
    await this.controllers.stop();
    await this.server.stop();
  }
}

export class TestApps {
  readonly versions = new TestVersions();
  readonly renderer = new StoredRenderer(this.versions);
  #manager?: AppsManager;
  #informers?: Informers;

  private constructor(
    readonly meta: TestApiServer,
    readonly client: KubeClient,
  ) {}

  static async start(): Promise<TestApps> {
    const meta = await TestApiServer.start();
    const client = await meta.client();
    await installBerth(client);
    return new TestApps(meta, client);
  }

  /** Makes a hosted cluster known, as the reconciler of clusters would have. */
  async addCluster(name: string, { server }: TestHosted): Promise<void> {
    await addCluster(this.client, name, server);
  }

  /** Starts the reconcilers, as a process that has just been elected would. */
  async startReconcilers(): Promise<void> {
    const logger = createLogger({ level: process.env['BERTH_TEST_LOG'] ?? 'silent' });
    const { client, renderer } = this;
    const metrics = new Metrics();
    const informers = new Informers(client, { logger });
    this.#informers = informers;
    this.#manager = new AppsManager({
      client,
      informers,
      renderer,
      hostedAccess: 'endpoint',
      logger,
      metrics,
    });
    await this.#manager.start(new AbortController().signal);
  }

  async stopReconcilers(): Promise<void> {
    await this.#manager?.stop();
    await this.#informers?.close();
    this.#manager = undefined;
  }

  async createInstance(cluster: string, name: string, spec: InstanceSpec): Promise<Instance> {
    const metadata = { name, namespace: clusterNamespace(cluster) };
    return this.client.create<Instance>({ apiVersion: API_VERSION, kind: 'Instance', metadata, spec });
  }

  instance(cluster: string, name: string): Promise<Instance> {
    return this.client.get(berthResources.Instance, { namespace: clusterNamespace(cluster), name });
  }

  async change(cluster: string, name: string, spec: Partial<InstanceSpec>): Promise<void> {
    await this.client.patch(
      berthResources.Instance,
      { namespace: clusterNamespace(cluster), name },
      { spec },
    );
  }

  async releases(cluster: string, instance: string): Promise<Map<string, Release[]>> {
    const namespace = clusterNamespace(cluster);
    const { items } = await this.client.list(berthResources.Release, { namespace });
    return releasesByService(items.filter(({ spec }) => spec.instance === instance));
  }

  async release(cluster: string, instance: string, service: string, revision: number): Promise<Release> {
    const found = (await this.releases(cluster, instance)).get(service);
    return required(found?.find(({ spec }) => spec.revision === revision));
  }

  async publish(
    cluster: string,
    name: string,
    request: Partial<PublishRequest> = {},
  ): Promise<PublishResult> {
    const instance = await this.instance(cluster, name);
    const releases = await this.releases(cluster, name);
    const parts = { client: this.client, renderer: this.renderer, clock: systemClock };
    const history = { instance, tenant: 'default', releases };
    return requestPublish(parts, history, { action: 'Deploy', user: 'tester', ...request });
  }

  /** Waits until a service is in a state; answers its status. */
  async until(
    cluster: string,
    name: string,
    service: string,
    state: ServiceState,
    revision?: number,
  ): Promise<ServiceStatus> {
    let last: ServiceStatus | undefined;
    const holds = async () => {
      last = (await this.instance(cluster, name)).status?.services?.[service];
      return last?.state === state && (revision === undefined || last.revision === revision);
    };
    await eventually(holds, `${service} of ${name} to be ${state}`, 30_000).catch((error: unknown) => {
      throw new Error(`${String(error)}, but: ${JSON.stringify(last)}`);
    });
    return required(last);
  }

  async stop(): Promise<void> {
    await this.stopReconcilers();
    await this.meta.stop();
  }
}

/** A Cluster that is ready, with Berth's way in. */
export async function addCluster(meta: KubeClient, name: string, server: TestApiServer): Promise<void> {
  const namespace = clusterNamespace(name);
  await meta.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, TEST);
  const spec = { tenant: 'default', version: '1.36.3', plan: 'dev' };
  await meta.apply({ apiVersion: API_VERSION, kind: 'Cluster', metadata: { name, namespace }, spec }, TEST);
  const data = { kubeconfig: await server.kubeconfig() };
  await meta.apply(secretObject({ name: ADMIN_SECRET, type: 'Opaque', data }, namespace), TEST);
  const { hostname, port } = new URL(server.url);
  const endpoint = {
    host: `${name}.berth.test`,
    address: hostname,
    port: Number(port),
    internalAddresses: [hostname],
    internalPort: Number(port),
  };
  const status = { endpoint, initializedAt: new Date().toISOString() };
  await meta.patch(berthResources.Cluster, { namespace, name }, { status }, { subresource: 'status' });
}

const TEST = { fieldManager: 'berth-test' };

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}
