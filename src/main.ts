/** The service: `node dist/main.js [--role api|reconcilers|all]`. Everything else comes from the environment. */
import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TokenFile } from './access/tokens.js';
import { AppModule } from './app.module.js';
import { type Config, readConfig } from './core/config.js';
import { BerthError, messageOf } from './core/errors.js';
import { createLogger, type Logger } from './core/logging.js';
import { Metrics } from './core/metrics.js';
import { createApplication } from './http/application.js';
import { KubeClient } from './kube/client.js';
import { connectionFromKubeconfig, inClusterConnection } from './kube/connection.js';

async function start(config: Config, logger: Logger): Promise<NestFastifyApplication> {
  const metrics = new Metrics();
  metrics.collectProcess();
  const connection =
    config.kubeconfig === undefined
      ? inClusterConnection()
      : await connectionFromKubeconfig({ file: config.kubeconfig });
  const client = new KubeClient(connection, { metrics, userAgent: `berth/${config.role}` });
  const app = await createApplication({
    module: AppModule.of({ config, logger, metrics, client }),
    logger,
    metrics,
    api:
      config.role === 'reconcilers'
        ? undefined
        : { tokens: await tokens(config), rateLimit: config.rateLimit },
  });
  await app.listen(config.listen);
  logger.info({ role: config.role, listen: config.listen, identity: config.identity }, 'listening');
  return app;
}

async function tokens({ tokenFile }: Config): Promise<TokenFile> {
  if (tokenFile === undefined) {
    throw new BerthError('InvalidConfiguration', 'The REST API needs BERTH_TOKEN_FILE.', {
      next: 'Name a file with one token a line, at least 16 characters each.',
    });
  }
  const file = new TokenFile(tokenFile);
  await file.load();
  return file;
}

/** Stops taking work, finishes what is under way, exits 0; exits 1 when that takes too long or is asked for twice. */
function stopOnSignals(app: NestFastifyApplication, config: Config, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('requests or reconciles did not finish in time');
      process.exit(1);
    }, config.drainSeconds * 1000).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { role: { type: 'string' } } });
  const config = readConfig({ ...process.env, ...(values.role && { BERTH_ROLE: values.role }) });
  const logger = createLogger({ level: config.logLevel });
  stopOnSignals(await start(config, logger), config, logger);
  // Where NODE_COMPILE_CACHE names a folder: by itself Node writes it at a regular end only, which a crash is not.
  flushCompileCache();
}

try {
  await main();
} catch (error) {
  const next = error instanceof BerthError && error.next ? ` ${error.next}` : '';
  process.stderr.write(`berth: ${messageOf(error)}${next}\n`);
  process.exitCode = 1;
}
