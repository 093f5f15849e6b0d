import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { TokenFile } from '../access/tokens.js';
import type { Logger } from '../core/logging.js';
import type { Metrics } from '../core/metrics.js';
import { createAdapter, refuseOtherMethods } from './adapter.js';
import { EtagInterceptor } from './etag.interceptor.js';
import { addAccessLog, addAuthentication, addContext, addRateLimit } from './hooks.js';
import { serveDocumentation } from './openapi/document.js';
import { ProblemFilter } from './problem.filter.js';
import { ValidationPipe } from './validation.pipe.js';

export interface ApplicationOptions {
  module: DynamicModule;
  logger: Logger;
  metrics: Metrics;
  /** Present when the module has the REST API. */
  api?: { tokens: TokenFile; rateLimit: number };
}

/** A Nest application on Fastify with Berth's rules for requests and errors; it does not listen yet. */
export async function createApplication(options: ApplicationOptions): Promise<NestFastifyApplication> {
  const { module, logger, metrics, api } = options;
  const adapter = createAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  const otherMethods = refuseOtherMethods(fastify);
  addContext(fastify);
  addAccessLog(fastify, metrics, logger);
  if (api) {
    await addRateLimit(fastify, api.rateLimit);
    addAuthentication(fastify, api.tokens);
  }
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalInterceptors(new EtagInterceptor());
  if (api) serveDocumentation(app);
  await app.init();
  otherMethods.close();
  return app;
}

/** Nest's own messages, in our log. */
function nestLogger(logger: Logger): LoggerService {
  const child = logger.child({ component: 'nest' });
  return {
    log: (message: unknown) => child.debug(String(message)),
    debug: (message: unknown) => child.debug(String(message)),
    warn: (message: unknown) => child.warn(String(message)),
    error: (message: unknown, trace?: unknown) => child.error({ trace }, String(message)),
  };
}
