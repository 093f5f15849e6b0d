/** Fastify as Berth uses it: limits, request ids, typed errors for whatever the framework refuses. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  errorCodes,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { BerthError } from '../core/errors.js';
import { type ArrivalLimits, Arrivals } from './arrivals.js';
import { EXPORT_TYPE, IMPORTS_PATH } from './media-types.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';
import { BODY_LIMIT, CONTENT_BODY_LIMIT, requestError, unreadable } from './request-errors.js';

/** Time for the headers of a request, then for its body; time between two pieces of a file. */
const HEADERS_MS = 30_000;
const ARRIVAL: ArrivalLimits = { wholeMs: 30_000, idleMs: 30_000 };
/** Line and headers of a request together. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Longest path parameter; names are far shorter, and the router answers longer ones with 404. */
const MAX_PARAMETER_LENGTH = 300;

/** Leaves errors as they are, so that the filter sees Fastify's codes. */
class Adapter extends FastifyAdapter {
  override mapException(error: unknown): unknown {
    return error;
  }
}

export function createAdapter(limits = ARRIVAL): FastifyAdapter {
  const adapter = new Adapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 0,
    requestIdHeader: false,
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      // What the router cannot read never reaches the filter.
      const body = problemOf(requestError(error), request.id);
      void reply.status(body.status).type(PROBLEM_TYPE).send(JSON.stringify(body));
    },
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  readJsonOnly(fastify);
  takeLargeContent(fastify);
  endBodiesOfHead(fastify);
  const arrivals = new Arrivals(limits, (socket) => answerUnreadable(tooSlow, socket));
  // Before Fastify's own listener, which may find out at once that it is a file.
  fastify.server.prependListener('request', (request, response) => arrivals.begin(request, response));
  takeImports(fastify, arrivals);
  // Known to Node but not to Fastify, which would take it for broken HTTP.
  if (!fastify.supportedMethods.includes('QUERY')) fastify.addHttpMethod('QUERY', { hasBody: true });
  closeIdleWhileClosing(fastify);
  return adapter;
}

/**
 * Kept connections hold up a close until their keep-alive time is over, and those on which nothing was ever sent for
 * longer. While closing, each goes as soon as no request of it is being answered.
 */
function closeIdleWhileClosing(fastify: FastifyInstance): void {
  const { server } = fastify;
  const busy = new Map<Socket, number>();
  let closing = false;
  server.on('connection', (socket: Socket) => {
    busy.set(socket, 0);
    socket.once('close', () => busy.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (busy.has(socket)) busy.set(socket, left);
      if (closing && left === 0) socket.end();
    });
  });
  fastify.addHook('preClose', (done) => {
    closing = true;
    for (const [socket, requests] of busy) if (requests === 0) socket.end();
    done();
  });
}

const tooSlow = { code: 'ERR_HTTP_REQUEST_TIMEOUT' };

/** Answers what is no HTTP that Node can read; no request exists yet, so this writes to the connection itself. */
function answerUnreadable(error: Pick<NodeJS.ErrnoException, 'code'>, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problemOf(unreadable(error.code), randomUUID()));
  const { status } = unreadable(error.code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The caller's request id when it is a harmless word, so that it can follow a request through several systems. */
function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}

/** An answer to HEAD has no body: a watch that nobody reads would stay open for ever. */
function endBodiesOfHead(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    if (request.method === 'HEAD' && payload instanceof Readable) payload.destroy();
    done(null, payload);
  });
}

/** Addresses whose bodies hold the content of templates and configs. */
const CONTENT = /^\/api\/v1\/tenants\/:tenant\/(templates|configs)/;

function takeLargeContent(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (CONTENT.test(route.url)) route.bodyLimit = CONTENT_BODY_LIMIT;
  });
}

/** Files of exports are as large as their clusters' data: they go through without being held in memory, in the time they need. */
function takeImports(fastify: FastifyInstance, arrivals: Arrivals): void {
  fastify.addContentTypeParser(EXPORT_TYPE, (request, payload, done) => {
    const isMeant = request.routeOptions.url === IMPORTS_PATH;
    if (isMeant) {
      arrivals.expectFile(request.raw);
      done(null, payload);
    } else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(EXPORT_TYPE));
  });
}

function readJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const types = ['application/json', 'application/merge-patch+json'];
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser<string>(types, { parseAs: 'string' }, (request, body, done) => {
    // Many clients name a type for every request, also for a DELETE without a body.
    if (body === '' && request.method === 'DELETE') done(null);
    else void parse(request, body, done);
  });
}

/** Answers known addresses with 405 and Allow for the methods they do not have. To be called before routes are added. */
export function refuseOtherMethods(fastify: FastifyInstance): { close(): void } {
  const methods = new Map<string, Set<string>>();
  let open = true;
  fastify.addHook('onRoute', ({ url, method }) => {
    if (!open) return;
    const known = methods.get(url) ?? new Set<string>();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  return {
    close: () => {
      open = false;
      for (const [url, known] of methods) refuseMissing(fastify, url, known);
    },
  };
}

function refuseMissing(fastify: FastifyInstance, url: string, known: ReadonlySet<string>): void {
  const allow = [...known].sort().join(', ');
  fastify.route({
    method: fastify.supportedMethods.filter((method) => !known.has(method)),
    url,
    onRequest: (_request, reply, done) => {
      void reply.header('allow', allow);
      done(methodNotAllowed(allow));
    },
    handler: () => undefined,
  });
}

function methodNotAllowed(allow: string): BerthError {
  return new BerthError('MethodNotAllowed', `This address answers ${allow} only.`, {
    status: 405,
    next: `Use one of ${allow}.`,
  });
}
