/** The embedded meta-cluster of one data directory: brings it up, takes it down. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BerthError } from '../core/errors.js';
import { type StepReporter, step } from '../core/progress.js';
import { KubeClient } from '../kube/client.js';
import { connectionFromKubeconfig } from '../kube/connection.js';
import { awaitAddons, ensureAddons } from './addons/addons.js';
import { applyDirectory } from './addons/apply.js';
import { type Binary, BinaryProvider, type Wanted } from './binaries/provider.js';
import { KUBERNETES_VERSIONS } from './binaries/releases.js';
import { type ImageSpec, PAUSE_IMAGE, mastersImages, metaImages } from './images/catalog.js';
import { ImageStore } from './images/image-store.js';
import { type Installation, readInstallation, writeInstallation } from './installation.js';
import { acquireLock } from './lock.js';
import { prepareSysctls, restoreSysctls } from './machine/sysctls.js';
import { MetaNode } from './meta/meta-node.js';
import { allocateNetwork, allocatedNetwork, releaseNetwork } from './network/allocation.js';
import { anyBridge, ensureBridge, ensureRoutes, removeBridge } from './network/bridge.js';
import { type NetworkPlan, networkPlan, nodeLink } from './network/plan.js';
import { type DataDir, MANIFESTS, dataDir } from './paths.js';
import { SandboxHost } from './sandbox/sandbox-host.js';
import { BackgroundProcess } from './service/background-process.js';
import { BerthService } from './service/berth-service.js';
import { DEFAULT_KUBERNETES_VERSION, type LocalSettings } from './settings.js';

const META_NODE = { name: 'meta', number: 2 };
const FIRST_SERVICE_PORT = 8600;
const INGRESS_PORT = 443;
const NODE_COMMANDS = ['kubeadm', 'kubelet', 'kubectl'];
const PROVISIONER = fileURLToPath(new URL('volumes/main.js', import.meta.url));

/** Where things are after `up`. */
export interface Endpoints {
  service: string;
  kubeconfig: string;
  /** `ip:port` of the ingress that all hosted clusters share. */
  ingress: string;
  kubectl: string;
}

export class EmbeddedCluster {
  readonly dir: DataDir;

  constructor(
    private readonly settings: LocalSettings,
    private readonly reporter: StepReporter,
  ) {
    this.dir = dataDir(settings.dataDir);
  }

  /** Brings everything up; what runs already stays as it is. Can be repeated after any failure. */
  async up(): Promise<Endpoints> {
    await using _lock = await this.lock('berth up');
    const installation = await this.installation();
    const plan = networkPlan(await allocateNetwork(this.dir.root));
    const settled = {
      ...installation,
      servicePort: installation.servicePort || FIRST_SERVICE_PORT + plan.index,
    };
    await writeInstallation(this.dir, settled);
    const node = await this.startNode(plan, settled);
    await this.step('control-plane', 'Control plane of the meta-cluster', (handle) =>
      node.ensureControlPlane(this.dir.kubeconfig, (line) => handle.update(line)),
    );
    await this.withClient((client) => this.bringObjects(client, plan));
    const ingress = `${plan.metaAddress}:${INGRESS_PORT}`;
    const service = this.service(settled, ingress);
    await this.step('service', 'Berth service', () => service.ensure());
    const kubectl = node.binaries.kubectl;
    return { service: service.url, kubeconfig: this.dir.kubeconfig, ingress, kubectl };
  }

  /** Ends everything; with `purge` removes what it has written as well. Works on what a cut-off `up` left. */
  async down(options: { purge: boolean }): Promise<void> {
    await using _lock = await this.lock('berth down');
    const index = await allocatedNetwork(this.dir.root);
    await this.step('service', 'Stop the Berth service', () => this.stopProcesses(index));
    if (index !== undefined) {
      await this.step('sandbox', 'Stop the meta-cluster', () => this.stopHosts(networkPlan(index)));
    }
    if (options.purge) await this.step('purge', `Remove ${this.dir.root}`, () => this.purge());
  }

  private async lock(what: string): Promise<AsyncDisposable> {
    return acquireLock(`data directory ${this.dir.root}`, what, (holder) =>
      this.reporter.note(`waiting for \`${holder}\` on the same data directory`),
    );
  }

  private async installation(): Promise<Installation> {
    const { kubernetesVersion: wanted, versions, port } = this.settings;
    const existing = await readInstallation(this.dir);
    const version = existing?.kubernetesVersion ?? wanted ?? DEFAULT_KUBERNETES_VERSION;
    if (wanted !== undefined && wanted !== version) throw otherVersion(this.dir.root, version, wanted);
    return {
      kubernetesVersion: version,
      versions: [...new Set([...(existing?.versions ?? []), ...versions])],
      servicePort: port ?? existing?.servicePort ?? 0,
    };
  }

  private async startNode(plan: NetworkPlan, installation: Installation): Promise<MetaNode> {
    const version = installation.kubernetesVersion;
    const images = [...metaImages(version), ...installation.versions.flatMap(mastersImages)];
    const binaries = await this.fetchBinaries(version, images);
    const host = this.metaHost(plan, binaries);
    const node = new MetaNode(host, plan, version, nodeBinaries(binaries));
    await this.step('sandbox', 'Sandbox host', async () => {
      await prepareSysctls();
      await ensureBridge(plan);
      await node.start(PAUSE_IMAGE);
      await ensureRoutes(plan, [plan.podCIDR, plan.serviceCIDR], host.address);
    });
    await this.importImages(host, images);
    return node;
  }

  private async fetchBinaries(version: string, images: readonly ImageSpec[]): Promise<Binary[]> {
    const node = NODE_COMMANDS.map((command) => ({ command, version }));
    const wanted: Wanted[] = [...node, ...images.flatMap(({ commands }) => commands)];
    const work = (handle: { update(detail: string): void }): Promise<Binary[]> =>
      this.provider((message) => handle.update(message)).resolve(wanted);
    return step(this.reporter, 'binaries', `Binaries of Kubernetes ${version}`, work, countBySource);
  }

  private async importImages(host: SandboxHost, images: readonly ImageSpec[]): Promise<void> {
    const work = async (handle: { update(detail: string): void }): Promise<number> => {
      const store = new ImageStore(
        host,
        this.provider((message) => handle.update(message)),
      );
      const update = (reference: string): void => handle.update(reference);
      const others = KUBERNETES_VERSIONS.flatMap(mastersImages);
      return (await store.ensure(images, update)) + (await store.ensurePresent(others, update));
    };
    await step(this.reporter, 'images', 'Images', work, (count) => `${count} imported`);
  }

  private async bringObjects(client: KubeClient, plan: NetworkPlan): Promise<void> {
    await this.step('addons', 'Ingress, volumes and DNS', async () => {
      await ensureAddons(client, plan.metaAddress);
      await this.provisioner().ensure();
    });
    await this.step('objects', "Berth's own kinds", async () => {
      for (const folder of ['crds', 'berth']) await applyDirectory(client, join(MANIFESTS, folder));
      await awaitAddons(client);
    });
  }

  private async stopProcesses(index: number | undefined): Promise<void> {
    const installation = await readInstallation(this.dir);
    const port = installation?.servicePort ?? FIRST_SERVICE_PORT + (index ?? 0);
    await new BerthService({ dir: this.dir, kubeconfig: this.dir.kubeconfig, port }).process.stop();
    await this.provisioner().stop();
  }

  private async stopHosts(plan: NetworkPlan): Promise<void> {
    await this.metaHost(plan, []).stop();
    await removeBridge(plan);
    if (!(await anyBridge())) await restoreSysctls();
  }

  private async purge(): Promise<void> {
    await rm(this.dir.root, { recursive: true, force: true });
    await releaseNetwork(this.dir.root);
  }

  private metaHost(plan: NetworkPlan, binaries: readonly Binary[]): SandboxHost {
    return new SandboxHost({
      name: META_NODE.name,
      directory: this.dir.node(META_NODE.name),
      plan,
      link: nodeLink(plan, META_NODE.name, META_NODE.number),
      visible: [this.dir.root, ...new Set(binaries.map(({ path }) => join(path, '..')))],
    });
  }

  private provisioner(): BackgroundProcess {
    const node = META_NODE.name;
    return new BackgroundProcess({
      name: 'volumes',
      directory: this.dir.service,
      command: process.execPath,
      args: [PROVISIONER, this.dir.kubeconfig, join(this.dir.node(node), 'volumes'), node],
    });
  }

  private service({ servicePort: port }: Installation, ingressAddress: string): BerthService {
    return new BerthService({ dir: this.dir, kubeconfig: this.dir.kubeconfig, port, ingressAddress });
  }

  private provider(onProgress: (message: string) => void): BinaryProvider {
    const { cacheDir, binDir, path } = this.settings;
    return new BinaryProvider({ cacheDir: join(cacheDir, 'binaries'), binDir, path, onProgress });
  }

  private async withClient<T>(work: (client: KubeClient) => Promise<T>): Promise<T> {
    const client = new KubeClient(await connectionFromKubeconfig({ file: this.dir.kubeconfig }));
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  private step(
    name: string,
    title: string,
    work: (handle: { update(detail: string): void }) => Promise<void>,
  ): Promise<void> {
    return step(this.reporter, name, title, work);
  }
}

function nodeBinaries(binaries: readonly Binary[]): { kubeadm: string; kubelet: string; kubectl: string } {
  const path = (command: string): string => binaries.find((binary) => binary.command === command)?.path ?? '';
  return { kubeadm: path('kubeadm'), kubelet: path('kubelet'), kubectl: path('kubectl') };
}

/** `12 from cache, 1 from PATH` */
function countBySource(binaries: readonly Binary[]): string {
  const groups = Object.groupBy(binaries, ({ from }) => from);
  return Object.entries(groups)
    .map(([from, group]) => `${group?.length ?? 0} from ${from}`)
    .join(', ');
}

function otherVersion(root: string, version: string, wanted: string): BerthError {
  return new BerthError(
    'OtherVersionInstalled',
    `${root} holds a meta-cluster of ${version}, not ${wanted}`,
    {
      next: 'Leave --kubernetes-version out, or choose another --data-dir.',
    },
  );
}
