import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AppsManager } from './apps/apps-manager.js';
import { SecretKeyRing } from './apps/configs/key-ring.js';
import type { Renderer } from './apps/releases/rendering.js';
import { StoredRenderer } from './apps/releases/stored-renderer.js';
import { VersionLibrary } from './apps/releases/version-library.js';
import { ClusterManager } from './clusters/cluster-manager.js';
import type { Installation } from './clusters/installation.js';
import { type Clock, systemClock } from './core/clock.js';
import type { Config } from './core/config.js';
import type { Logger } from './core/logging.js';
import { Metrics } from './core/metrics.js';
import { metaClusterCheck, Readiness } from './http/health/readiness.js';
import { ApiModule, ObservabilityModule } from './http/http.module.js';
import { CLOCK, CONFIG, LOGGER, RENDERER } from './http/tokens.js';
import { KubeClient } from './kube/client.js';
import { Election } from './kube/election.js';
import { Informers } from './kube/informers.js';
import { leadWith } from './kube/leader-work.js';

/** What a process is made of, whatever its role. */
export interface Parts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  client: KubeClient;
  clock?: Clock;
}

/** Closes what all others use, when they have stopped. */
@Injectable()
class MetaClusterAccess implements OnApplicationShutdown, BeforeApplicationShutdown {
  constructor(
    private readonly client: KubeClient,
    private readonly informers: Informers,
    private readonly readiness: Readiness,
  ) {
    readiness.add(metaClusterCheck(client));
  }

  beforeApplicationShutdown(): void {
    this.readiness.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.informers.close();
    await this.client.close();
  }
}

/** Runs the reconcilers while this process is the one elected to. */
@Injectable()
class Reconcilers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #stop = new AbortController();
  /** Its own connections: behind the reconcilers' requests a renewal could come too late. */
  readonly #electing: KubeClient;
  #running?: Promise<void>;

  constructor(
    private readonly client: KubeClient,
    private readonly informers: Informers,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RENDERER) private readonly renderer: Renderer,
  ) {
    this.#electing = new KubeClient(client.connection);
  }

  onApplicationBootstrap(): void {
    const { config, logger } = this;
    const election = new Election({
      client: this.#electing,
      lease: { namespace: config.namespace, name: 'berth-reconcilers' },
      identity: config.identity,
      lead: (signal) => this.#lead(signal),
      logger,
    });
    this.#running = election.run(this.#stop.signal);
  }

  /** Finishes what is under way and lets the lease go, so that another process can take over at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#electing.close();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { client, config, informers, logger, metrics } = this;
    const installation = installationOf(config);
    const manager = new ClusterManager({ client, informers, installation, logger, metrics });
    const { hostedAccess } = config;
    const apps = new AppsManager({
      client,
      informers,
      renderer: this.renderer,
      hostedAccess,
      logger,
      metrics,
    });
    await leadWith([manager, apps], signal);
  }
}

/** One module for each role, over the same parts. */
@Module({})
export class AppModule {
  static of({ config, logger, metrics, client, clock = systemClock }: Parts): DynamicModule {
    const { role } = config;
    const parts: DynamicModule = {
      module: PartsModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: CLOCK, useValue: clock },
        { provide: Metrics, useValue: metrics },
        { provide: KubeClient, useValue: client },
        { provide: Informers, useFactory: () => new Informers(client, { logger, clock }) },
        {
          provide: RENDERER,
          inject: [Informers],
          useFactory: (informers: Informers) => rendererOf({ client, informers, config, clock }),
        },
        Readiness,
        MetaClusterAccess,
      ],
      exports: [CONFIG, LOGGER, CLOCK, RENDERER, Metrics, KubeClient, Informers, Readiness],
    };
    return {
      module: AppModule,
      imports: [parts, ObservabilityModule, ...(role === 'reconcilers' ? [] : [ApiModule])],
      providers: role === 'api' ? [] : [Reconcilers],
    };
  }
}

class PartsModule {}

interface RendererParts {
  client: KubeClient;
  informers: Informers;
  config: Config;
  clock: Clock;
}

/** Shared by the API and the reconcilers of a process, so that a version is read once. */
function rendererOf({ client, informers, config, clock }: RendererParts): Renderer {
  const keyRing = new SecretKeyRing(client, config.namespace);
  const now = () => new Date(clock.now());
  return new StoredRenderer(new VersionLibrary({ client, informers, keyRing, now }));
}

/** The configuration as the reconcilers want it. */
function installationOf({
  exposure,
  metaDomain,
  deniedNetworks,
  hostedAccess,
  endpointCheck,
  backup,
}: Config): Installation {
  return {
    exposure: {
      domain: exposure.domain,
      defaultType: exposure.type,
      gateway: exposure.gateway,
      ingressClass: exposure.ingressClass,
      traefikEntryPoints: exposure.traefikEntryPoints,
      sharedAddress: exposure.address?.host,
      sharedPort: exposure.address?.port,
    },
    metaClusterDomain: metaDomain,
    deniedNetworks,
    hostedAccess,
    endpointCheck,
    backup,
  };
}
