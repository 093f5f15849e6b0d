/** What happens to every request before and after its handler. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TokenFile } from '../access/tokens.js';
import { BerthError } from '../core/errors.js';
import { type Logger, withLogContext } from '../core/logging.js';
import type { Metrics } from '../core/metrics.js';
import { traceIdOf } from '../core/tracing.js';
import { identityOf, setIdentity } from './request-context.js';

/** Addresses whose counters are kept; the oldest go first. */
const RATE_LIMIT_CLIENTS = 5000;

/** Addresses that need no token, as route patterns. Everything else does. */
const OPEN = new Set(['/livez', '/healthz', '/readyz', '/metrics', '/api/openapi.json']);
const DOCS = '/api/docs';
/** Addresses whose handlers know tokens of their own. */
const OWN_TOKENS = new Set(['/api/v1/clusters/:cluster/join-script']);

/** Gives every request an id, a log context and harmless headers. */
export function addContext(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    enter(request, done);
  });
  // Reading the body leaves the context of the hook before.
  fastify.addHook('preValidation', (request, _reply, done) => enter(request, done));
}

function enter(request: FastifyRequest, done: () => void): void {
  const user = identityOf(request)?.name;
  withLogContext({ requestId: request.id, traceId: traceOf(request), ...(user && { user }) }, done);
}

function traceOf({ headers, id }: FastifyRequest): string {
  return traceIdOf([headers['traceparent']].flat()[0], id);
}

/** Refuses what has no token of the file, before a byte of its body is read. */
export function addAuthentication(fastify: FastifyInstance, tokens: TokenFile): void {
  fastify.addHook('onRequest', async (request) => {
    // The router's own pattern: the URL as sent can spell the same address in many ways.
    const route = request.routeOptions.url;
    if (route === undefined || OPEN.has(route) || route.startsWith(DOCS) || OWN_TOKENS.has(route)) return;
    const identity = await tokens.identify(bearerToken(request));
    if (!identity) throw unauthorized();
    setIdentity(request, identity);
  });
}

/**
 * @param perMinute requests a minute that one address may send to the API. To be added before the authentication:
 *   guesses of a token count too.
 */
export async function addRateLimit(fastify: FastifyInstance, perMinute: number): Promise<void> {
  await fastify.register(rateLimit, {
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    cache: RATE_LIMIT_CLIENTS,
    allowList: (request) => OPEN.has(request.routeOptions.url ?? ''),
    errorResponseBuilder: (_request, { after }) =>
      new BerthError('TooManyRequests', `More than ${perMinute} requests came within a minute.`, {
        status: 429,
        next: `Wait ${after} and go on more slowly; watch instead of polling.`,
      }),
  });
  // For every address, also those that are not there, and before the hooks that are added later.
  fastify.addHook('onRequest', fastify.rateLimit());
}

/** Counts and times what was answered, and logs changes and failures. */
export function addAccessLog(fastify: FastifyInstance, metrics: Metrics, logger: Logger): void {
  const duration = metrics.histogram({
    name: 'berth_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    duration.observe({ method, route, status: String(status) }, reply.elapsedTime / 1000);
    const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    const user = identityOf(request)?.name;
    const ms = Math.round(reply.elapsedTime);
    logger[level](
      {
        requestId: request.id,
        traceId: traceOf(request),
        user,
        method,
        route,
        params: request.params,
        status,
        ms,
      },
      'request',
    );
    done();
  });
}

/** Empty when the request carries none. */
export function bearerToken(request: FastifyRequest): string {
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' ? token : '';
}

function unauthorized(): BerthError {
  return new BerthError('Unauthorized', 'The request carries no token that Berth knows.', {
    status: 401,
    next: 'Send Authorization: Bearer TOKEN; the CLI reads the token file of the data directory by itself.',
  });
}
