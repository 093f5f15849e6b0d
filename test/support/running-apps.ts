/** The REST API with the reconcilers of applications, and a hosted API server as cluster `demo`. */
import { AppsManager } from '../../src/apps/apps-manager.js';
import { SecretKeyRing } from '../../src/apps/configs/key-ring.js';
import { StoredRenderer } from '../../src/apps/releases/stored-renderer.js';
import { VersionLibrary } from '../../src/apps/releases/version-library.js';
import { silentLogger } from '../../src/core/logging.js';
import { Metrics } from '../../src/core/metrics.js';
import { Informers } from '../../src/kube/informers.js';
import { addCluster, TestHosted } from './apps.js';
import { TestApi } from './berth-api.js';

export class RunningApps {
  #stopped?: Promise<void>;

  private constructor(
    readonly api: TestApi,
    readonly hosted: TestHosted,
    private readonly manager: AppsManager,
    private readonly informers: Informers,
    private readonly ownsHosted: boolean,
  ) {}

  /** @param existing a hosted API server, of which the installation does not know yet */
  static async start(variables: Record<string, string> = {}, existing?: TestHosted): Promise<RunningApps> {
    const [api, hosted] = await Promise.all([
      TestApi.start({ BERTH_HOSTED_ACCESS: 'endpoint', ...variables }),
      existing ?? TestHosted.start(),
    ]);
    const { client } = api;
    if (!existing) await addCluster(client, 'demo', hosted.server);
    const keyRing = new SecretKeyRing(client, 'berth-system');
    const informers = new Informers(client, { logger: silentLogger });
    const library = new VersionLibrary({ client, informers, keyRing, now: () => new Date() });
    const renderer = new StoredRenderer(library);
    const manager = new AppsManager({
      client,
      informers,
      renderer,
      hostedAccess: 'endpoint',
      logger: silentLogger,
      metrics: new Metrics(),
    });
    await manager.start(new AbortController().signal);
    return new RunningApps(api, hosted, manager, informers, !existing);
  }

  /** Its reconcilers do nothing any more; the API answers on. */
  async standStill(): Promise<void> {
    this.#stopped ??= this.manager.stop();
    await this.#stopped;
  }

  async stop(): Promise<void> {
    await this.standStill();
    await this.informers.close();
    await this.api.stop();
    if (this.ownsHosted) await this.hosted.stop();
  }
}
