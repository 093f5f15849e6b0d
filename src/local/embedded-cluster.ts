/** Brings up the embedded meta-cluster of one data directory, with the Berth service on top. */
import { BerthError } from '../core/errors.js';
import { type StepHandle, type StepReporter, step } from '../core/progress.js';
import { awaitAddons, ensureAddons } from './addons/addons.js';
import { applyBerthObjects } from './addons/berth-objects.js';
import { type Binary, BinaryProvider, type Wanted } from './binaries/provider.js';
import { type ImageSpec, PAUSE_IMAGE, mastersImages, metaImages } from './images/catalog.js';
import { ImageStore } from './images/image-store.js';
import { markPresent } from './images/presence.js';
import {
  type Installation,
  newServiceIdentity,
  readInstallation,
  writeInstallation,
} from './installation.js';
import { prepareMachine } from './machine/machine-state.js';
import { MetaNode, type MetaBinaries } from './meta/meta-node.js';
import { allocateNetwork, allocatedNetwork, choosePodNetworkPool } from './network/allocation.js';
import { ensureBridge, ensureRoutes } from './network/bridge.js';
import { type NetworkPlan, networkPlan } from './network/plan.js';
import { berthService, ingressAddress, localAgent, lockDataDir, metaHost, withClient } from './parts.js';
import { type DataDir, dataDir } from './paths.js';
import { preflight, requireLinuxRoot } from './preflight/preflight.js';
import { choosePort } from './service/port.js';
import { readRecords } from './user-nodes/record.js';
import { startUserNodes } from './user-nodes/user-nodes.js';
import { DEFAULT_KUBERNETES_VERSION, type LocalSettings } from './settings.js';

const NODE_COMMANDS = ['kubeadm', 'kubelet', 'kubectl'];

/** Where things are after `up`. */
export interface Endpoints {
  /** URL of the service. */
  service: string;
  /** Of the meta-cluster's administrator. */
  kubeconfig: string;
  /** `ip:port` of the ingress that all hosted clusters share; only of the embedded meta-cluster. */
  ingress?: string;
  /** Path of a kubectl of the meta-cluster's version; only of the embedded meta-cluster. */
  kubectl?: string;
}

interface EmbeddedInstallation extends Installation {
  kubernetesVersion: string;
}

type Update = Pick<StepHandle, 'update'>;

export class EmbeddedCluster {
  private readonly dir: DataDir;

  constructor(
    private readonly settings: LocalSettings,
    private readonly reporter: StepReporter,
  ) {
    this.dir = dataDir(settings.dataDir);
  }

  /** Brings everything up; what runs already stays as it is. Can be repeated after any failure. */
  async up(): Promise<Endpoints> {
    requireLinuxRoot();
    await using _lock = await lockDataDir(this.dir, 'berth up', this.reporter);
    const existing = await readInstallation(this.dir);
    await this.step('preflight', 'Preflight', (handle) => this.preflight(existing, handle));
    const installation = await this.settle(existing ?? {});
    const plan = networkPlan(await allocateNetwork(this.dir.root));
    const node = await this.startNode(plan, installation);
    await this.step('control-plane', 'Control plane of the meta-cluster', (handle) =>
      node.ensureControlPlane(this.dir.kubeconfig, (detail) => handle.update(detail)),
    );
    await this.bringObjects(plan, [installation.kubernetesVersion, ...installation.versions]);
    const service = berthService(this.dir, installation, plan);
    await this.step('service', 'Berth service', () => service.ensure());
    await this.bringUserNodes(plan);
    return {
      service: service.url,
      kubeconfig: this.dir.kubeconfig,
      ingress: ingressAddress(plan),
      kubectl: node.binaries.kubectl,
    };
  }

  private async preflight(existing: Installation | undefined, handle: Update): Promise<void> {
    const { install } = this.settings;
    const port = this.settings.port ?? existing?.servicePort;
    const serving = existing && (await berthService(this.dir, existing).process.isPresent());
    const index = await allocatedNetwork(this.dir.root);
    const running = index !== undefined && (await metaHost(this.dir, networkPlan(index)).isRunning());
    await preflight({
      dataDir: this.dir.root,
      path: this.settings.binaries.path,
      install,
      running,
      port: serving ? undefined : port,
      onProgress: (message) => {
        this.reporter.note(message);
        handle.update(message);
      },
    });
  }

  /** Joins what was asked for now with what the data directory was made with, and writes it down. */
  private async settle(existing: Partial<Installation>): Promise<EmbeddedInstallation> {
    const { kubernetesVersion: wanted, versions, port } = this.settings;
    if (existing.metaKubeconfig !== undefined) throw usesOtherCluster(this.dir.root, existing.metaKubeconfig);
    const kubernetesVersion = existing.kubernetesVersion ?? wanted ?? DEFAULT_KUBERNETES_VERSION;
    if (wanted !== undefined && wanted !== kubernetesVersion) {
      throw otherVersion(this.dir.root, kubernetesVersion, wanted);
    }
    // Before anything is written: what was cut off after this can be purged (take-down.ts).
    const network = await allocateNetwork(this.dir.root);
    const installation = {
      kubernetesVersion,
      binaries: this.settings.binaries,
      versions: [...new Set([...(existing.versions ?? []), ...versions])],
      servicePort: port ?? existing.servicePort ?? (await choosePort(network)),
      podNetworkPool: existing.podNetworkPool ?? (await choosePodNetworkPool()),
      serviceIdentity: existing.serviceIdentity ?? newServiceIdentity(),
    };
    await writeInstallation(this.dir, installation);
    return installation;
  }

  private async startNode(plan: NetworkPlan, installation: EmbeddedInstallation): Promise<MetaNode> {
    const version = installation.kubernetesVersion;
    const images = [...metaImages(version), ...installation.versions.flatMap(mastersImages)];
    const binaries = await this.fetchBinaries(version, images);
    const node = new MetaNode(metaHost(this.dir, plan, binaries), plan, version, metaBinaries(binaries));
    await this.step('sandbox', 'Sandbox host', async () => {
      await prepareMachine(() => ensureBridge(plan));
      await node.start(PAUSE_IMAGE);
      await ensureRoutes(plan, [plan.podCIDR, plan.serviceCIDR], node.host.address);
    });
    await this.importImages(node, images);
    return node;
  }

  private async fetchBinaries(version: string, images: readonly ImageSpec[]): Promise<Binary[]> {
    const node = NODE_COMMANDS.map((command) => ({ command, version }));
    const wanted: Wanted[] = [...node, ...images.flatMap(({ commands }) => commands)];
    const work = (handle: Update): Promise<Binary[]> => this.provider(handle).resolve(wanted);
    return step(this.reporter, 'binaries', `Binaries of Kubernetes ${version}`, work, countBySource);
  }

  private async importImages(node: MetaNode, images: readonly ImageSpec[]): Promise<void> {
    const work = (handle: Update): Promise<number> =>
      new ImageStore(node.host, this.provider(handle)).ensure(images, (image) => handle.update(image));
    await step(this.reporter, 'images', 'Images', work, (count) => (count ? `${count} imported` : undefined));
  }

  /** @param versions those whose images were imported */
  private bringObjects(plan: NetworkPlan, versions: readonly string[]): Promise<void> {
    return withClient(this.dir.kubeconfig, async (client) => {
      await this.step('objects', "Berth's own kinds", async () => {
        await applyBerthObjects(client);
        await markPresent(client, versions);
      });
      await this.step('addons', 'Ingress, volumes and DNS', async (handle) => {
        await Promise.all([ensureAddons(client, plan.metaAddress), localAgent(this.dir).ensure()]);
        await awaitAddons(plan, (waiting) => handle.update(waiting));
      });
    });
  }

  /** After the masters: a node that comes up before them is not ready for some seconds longer. */
  private async bringUserNodes(plan: NetworkPlan): Promise<void> {
    if ((await readRecords(this.dir)).length === 0) return;
    await this.step('nodes', 'User nodes', (handle) => startUserNodes(this.dir, plan, handle));
  }

  private provider({ update }: Update): BinaryProvider {
    return new BinaryProvider({ ...this.settings.binaries, onProgress: (message) => update(message) });
  }

  private step(name: string, title: string, work: (handle: Update) => Promise<void>): Promise<void> {
    return step(this.reporter, name, title, work);
  }
}

function metaBinaries(binaries: readonly Binary[]): MetaBinaries {
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

function usesOtherCluster(root: string, kubeconfig: string): BerthError {
  return new BerthError('UsesOtherCluster', `${root} belongs to the cluster of ${kubeconfig}`, {
    next: 'Give --meta-kubeconfig again, or choose another --data-dir for an embedded meta-cluster.',
  });
}
