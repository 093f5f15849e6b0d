/**
 * Provisions volumes of the embedded meta-cluster: a directory for each claim, made and removed at once. The
 * usual provisioners start a pod for that, which takes longer than all the rest of a cluster's start.
 */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/logging.js';
import type { KubeClient } from '../../kube/client.js';
import { type Informer, Informers } from '../../kube/informers.js';
import { resources } from '../../kube/resources.js';
import { type ReconcileResult, Runner, done } from '../../kube/runner.js';
import { enqueueChanges } from '../../kube/sources.js';
import { keyOf } from '../../kube/types.js';
import { WorkQueue } from '../../kube/work-queue.js';
import {
  type Claim,
  type StorageClass,
  type Volume,
  isAbandoned,
  needsVolume,
  volumeFor,
  volumeName,
} from './persistent-volume.js';

const CONCURRENCY = 4;
/** Pods run as any user; the directory above lets nobody but root in from outside. */
const WORLD_WRITABLE = 0o777;

export interface ProvisionerOptions {
  client: KubeClient;
  /** Where the directories of volumes are made; the same path on the node. */
  directory: string;
  /** Name of the one node that has `directory`. */
  node: string;
  logger: Logger;
}

export class VolumeProvisioner {
  readonly #informers: Informers;
  readonly #claims: Informer<Claim>;
  readonly #classes: Informer<StorageClass>;
  readonly #volumes: Informer<Volume>;
  readonly #runners: readonly Runner[];

  constructor(private readonly options: ProvisionerOptions) {
    this.#informers = new Informers(options.client);
    this.#claims = this.#informers.informer(resources.PersistentVolumeClaim);
    this.#classes = this.#informers.informer(resources.StorageClass);
    this.#volumes = this.#informers.informer(resources.PersistentVolume);
    const claims = new WorkQueue();
    const volumes = new WorkQueue();
    enqueueChanges(this.#claims.cache, claims);
    enqueueChanges(this.#volumes.cache, volumes);
    // A claim may be older than its class.
    enqueueChanges(this.#classes.cache, claims, () => this.#claims.cache.list().map(keyOf));
    const common = { concurrency: CONCURRENCY, logger: options.logger };
    this.#runners = [
      new Runner({ ...common, name: 'claims', queue: claims, reconcile: (key) => this.provision(key) }),
      new Runner({ ...common, name: 'volumes', queue: volumes, reconcile: (key) => this.reclaim(key) }),
    ];
  }

  async start(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    await this.#informers.synced();
    await this.sweep();
    for (const runner of this.#runners) runner.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.stop()));
    await this.#informers.close();
  }

  /** Removes directories that a process before made and did not live to make a volume of. */
  private async sweep(): Promise<void> {
    const volumes = this.#volumes.cache.list().map(({ metadata }) => metadata.name);
    const wanted = new Set([...volumes, ...this.#claims.cache.list().map(volumeName)]);
    for (const name of await readdir(this.options.directory)) {
      if (!wanted.has(name)) await rm(join(this.options.directory, name), { recursive: true, force: true });
    }
  }

  private async provision(key: string): Promise<ReconcileResult> {
    const claim = this.#claims.cache.get(key);
    if (!claim) return done;
    const storageClass = this.#classes.cache.get({ name: claim.spec?.storageClassName ?? '' });
    if (!storageClass || !needsVolume(claim, storageClass)) return done;
    const path = join(this.options.directory, volumeName(claim));
    await mkdir(path, { recursive: true });
    await chmod(path, WORLD_WRITABLE);
    const volume = volumeFor(claim, storageClass, path, this.options.node);
    await this.announce(claim, volume);
    if (await this.options.client.createOnce(volume)) {
      this.options.logger.info({ claim: key, path }, 'volume provisioned');
    }
    return done;
  }

  /**
   * Tells the claim's status of the volume that is about to be made. The controller-manager writes the volume's name
   * into the claim first and the phase later; the scheduler looks at the name alone, the kubelet at both, and a pod
   * that gets to it between the two waits for ten seconds or more.
   */
  private async announce(claim: Claim, { spec }: Volume): Promise<void> {
    if (claim.status?.phase === 'Bound') return;
    const status = { phase: 'Bound', accessModes: spec?.accessModes, capacity: spec?.capacity };
    const options = { subresource: 'status' };
    await this.options.client.patch(resources.PersistentVolumeClaim, claim.metadata, { status }, options);
  }

  private async reclaim(key: string): Promise<ReconcileResult> {
    const volume = this.#volumes.cache.get(key);
    if (!volume || !isAbandoned(volume)) return done;
    const path = join(this.options.directory, volume.metadata.name);
    await rm(path, { recursive: true, force: true });
    await this.options.client.delete(resources.PersistentVolume, volume.metadata);
    this.options.logger.info({ volume: key, path }, 'volume removed');
    return done;
  }
}
