/**
 * Brings the images of a Kubernetes version when a cluster asks for it. Until they are there, the cluster's masters
 * wait with the kubelet's own pull error, and the kubelet tries again by itself.
 */
import type { Logger } from '../../core/logging.js';
import type { KubeClient } from '../../kube/client.js';
import { Informers } from '../../kube/informers.js';
import { type ReconcileResult, Runner, done } from '../../kube/runner.js';
import { enqueueChanges } from '../../kube/sources.js';
import { WorkQueue } from '../../kube/work-queue.js';
import { berthResources } from '../../model/kinds.js';
import { mastersImages, tunnelImages } from '../images/catalog.js';
import type { ImageStore } from '../images/image-store.js';
import { markPresent } from '../images/presence.js';

/** Stands beside versions in the queue. */
const TUNNEL = 'konnectivity';

/** A version that has to be built first takes minutes. */
const TIMEOUT_MS = 60 * 60_000;

export interface ImageCourierOptions {
  client: KubeClient;
  images: ImageStore;
  logger: Logger;
}

export class ImageCourier {
  readonly #informers: Informers;
  readonly #runner: Runner;

  constructor(private readonly options: ImageCourierOptions) {
    const { client, logger } = options;
    this.#informers = new Informers(client);
    const versions = new WorkQueue();
    const clusters = this.#informers.informer(berthResources.Cluster);
    enqueueChanges(clusters.cache, versions, ({ spec }) =>
      spec.konnectivity?.enabled ? [spec.version, TUNNEL] : [spec.version],
    );
    const reconcile = (wanted: string): Promise<ReconcileResult> => this.bring(wanted);
    this.#runner = new Runner({ name: 'images', queue: versions, reconcile, logger, timeoutMs: TIMEOUT_MS });
  }

  async start(): Promise<void> {
    await this.#informers.synced();
    this.#runner.start();
  }

  async stop(): Promise<void> {
    await this.#runner.stop();
    await this.#informers.close();
  }

  /** @param wanted a Kubernetes version, or TUNNEL. */
  private async bring(wanted: string): Promise<ReconcileResult> {
    const { client, images, logger } = this.options;
    const specs = wanted === TUNNEL ? tunnelImages() : mastersImages(wanted);
    await images.ensure(specs, (image) => logger.info({ image }, 'importing image'));
    if (wanted !== TUNNEL) await markPresent(client, [wanted]);
    return done;
  }
}
