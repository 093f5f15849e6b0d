/**
 * The service as a process, without the reconciler of clusters: REST API and reconcilers of applications over clusters
 * that a test has put there. Told by the same environment as dist/main.js.
 */
import { TokenFile } from '../../dist/access/tokens.js';
import { AppModule } from '../../dist/app.module.js';
import { AppsManager } from '../../dist/apps/apps-manager.js';
import { readConfig } from '../../dist/core/config.js';
import { createLogger } from '../../dist/core/logging.js';
import { Metrics } from '../../dist/core/metrics.js';
import { createApplication } from '../../dist/http/application.js';
import { RENDERER } from '../../dist/http/tokens.js';
import { KubeClient } from '../../dist/kube/client.js';
import { connectionFromKubeconfig } from '../../dist/kube/connection.js';
import { Informers } from '../../dist/kube/informers.js';

const config = readConfig({ ...process.env, BERTH_ROLE: 'api', BERTH_HOSTED_ACCESS: 'endpoint' });
const logger = createLogger({ level: config.logLevel });
const metrics = new Metrics();
metrics.collectProcess();
const client = new KubeClient(await connectionFromKubeconfig({ file: config.kubeconfig }), { metrics });
const tokens = new TokenFile(config.tokenFile);
await tokens.load();
const module = AppModule.of({ config, logger, metrics, client });
const app = await createApplication({
  module,
  logger,
  metrics,
  api: { tokens, rateLimit: config.rateLimit },
});
const manager = new AppsManager({
  client,
  informers: app.get(Informers),
  renderer: app.get(RENDERER),
  hostedAccess: config.hostedAccess,
  logger,
  metrics,
});
await app.listen(config.listen);
await manager.start(new AbortController().signal);
process.on('SIGTERM', () => void stop());

async function stop() {
  await manager.stop();
  await app.close();
  process.exit(0);
}
