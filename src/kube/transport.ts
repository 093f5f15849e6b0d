import { checkServerIdentity } from 'node:tls';
import { type Dispatcher, Pool, buildConnector } from 'undici';
import { type Clock, systemClock } from '../core/clock.js';
import { messageOf } from '../core/errors.js';
import type { Metrics } from '../core/metrics.js';
import type { Connection } from './connection.js';
import { KubeError, errorFromStatus, unreachable } from './kube-error.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Record<string, string | number | boolean | undefined>;

export interface TransportRequest {
  method: Method;
  path: string;
  query?: Query;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** For the whole answer; the transport's own unless told. */
  timeoutMs?: number;
  /** The body or the answer may hold secrets, so no text of the server goes into errors. */
  confidential?: boolean;
}

export interface TransportResponse {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface TransportOptions {
  /** For one request from its start to the last byte of the answer, milliseconds; 30 s unless told. */
  timeoutMs?: number;
  /** Time in all that one request may wait because the server said Retry-After; 15 s unless told. */
  retryAfterBudgetMs?: number;
  /** Connections for requests; watches have their own beside these. 16 unless told. */
  connections?: number;
  userAgent?: string;
  clock?: Clock;
  metrics?: Metrics;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Shorter than the API server's 90 s, so that we never write into a connection it is closing. */
const KEEP_ALIVE_MS = 60_000;

/** Sends raw requests to one API server over connections that are kept. */
export class Transport {
  readonly #requests: Pool;
  readonly #watches: Pool;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #retryAfterBudgetMs: number;
  readonly #userAgent: string;
  readonly #metrics?: Metrics;

  constructor(connection: Connection, options: TransportOptions = {}) {
    this.#connection = connection;
    this.#clock = options.clock ?? systemClock;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retryAfterBudgetMs = options.retryAfterBudgetMs ?? 15_000;
    this.#userAgent = options.userAgent ?? 'berth';
    this.#metrics = options.metrics;
    this.#requests = poolFor(connection, options.connections ?? 16);
    // A watch holds its connection for minutes: in the same pool a few of them would starve every request.
    this.#watches = poolFor(connection, null);
  }

  /** Sends, and answers whatever the status. Throws KubeError when no answer comes, or the signal's reason. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    let budget = this.#retryAfterBudgetMs;
    for (;;) {
      const response = await this.#sendOnce(request);
      const delay = retryAfterOf(response);
      if (delay === undefined || delay > budget) return response;
      budget -= Math.max(delay, 1);
      await this.#clock.sleep(delay, request.signal);
    }
  }

  /** Sends, and answers the parsed JSON body. Throws KubeError for every status but 2xx. */
  async json(request: TransportRequest): Promise<unknown> {
    return parseJson(await this.text(request));
  }

  /** Sends, and answers the body as it is. Throws KubeError for every status but 2xx. */
  async text(request: TransportRequest): Promise<string> {
    const response = await this.send(request);
    if (response.statusCode >= 300) throw errorOf(request, response, parseJson(response.body));
    return response.body;
  }

  /**
   * Opens a long answer, such as a watch. Throws KubeError as `json` does, and from the stream itself when nothing
   * arrives for `silenceMs`.
   */
  async stream(request: TransportRequest, silenceMs: number): Promise<AsyncIterable<Buffer>> {
    const answer = await this.#dispatch(this.#watches, request, request.signal, silenceMs);
    if (answer.statusCode < 300) return withErrors(request, answer.body);
    const body = await answer.body.text().catch(() => '');
    throw errorOf(request, { ...answer, body }, parseJson(body));
  }

  /** Breaks off what is under way and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()]);
  }

  async #sendOnce(request: TransportRequest): Promise<TransportResponse> {
    const timeoutMs = request.timeoutMs ?? this.#timeoutMs;
    const deadline = startDeadline(this.#clock, timeoutMs, request.signal);
    try {
      const { statusCode, headers, body } = await this.#dispatch(this.#requests, request, deadline.signal, 0);
      return { statusCode, headers, body: await body.text() };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (deadline.expired()) throw unreachable(labelOf(request), `no answer within ${timeoutMs / 1000} s`);
      throw asUnreachable(request, error);
    } finally {
      deadline.dispose();
    }
  }

  async #dispatch(
    pool: Pool,
    request: TransportRequest,
    signal: AbortSignal | undefined,
    silenceMs: number,
  ): Promise<Dispatcher.ResponseData> {
    try {
      const { headers } = await this.#connection.credentials();
      const asked = pool.request({
        method: request.method,
        path: withQuery(request.path, request.query),
        headers: {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...headers,
          ...request.headers,
        },
        body: request.body,
        signal,
        headersTimeout: silenceMs,
        bodyTimeout: silenceMs,
      });
      const answer = await unlessAborted(asked, signal);
      this.#count(request.method, String(answer.statusCode));
      return answer;
    } catch (error) {
      request.signal?.throwIfAborted();
      this.#count(request.method, '<error>');
      throw asUnreachable(request, error);
    }
  }

  #count(method: Method, code: string): void {
    this.#metrics
      ?.counter({
        name: 'rest_client_requests_total',
        help: 'Requests to Kubernetes API servers, by method and status code.',
        labelNames: ['method', 'code'],
      })
      .inc({ method, code });
  }
}

/** What a request is, for messages: never its query, headers or body. */
export function labelOf({ method, path }: Pick<TransportRequest, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

function poolFor(connection: Connection, connections: number | null): Pool {
  const { origin, protocol, hostname, port } = new URL(connection.server);
  const expected = connection.tlsServerName ?? hostname.replace(/^\[|\]$/g, '');
  const [dialHost, dialPort] = splitDial(connection.dial) ?? [hostname.replace(/^\[|\]$/g, ''), port];
  const servername = protocol === 'https:' && !isAddress(expected) ? expected : undefined;
  const open = async (options: buildConnector.Options, callback: buildConnector.Callback) => {
    try {
      const { ca, cert, key } = await connection.credentials();
      const connector = buildConnector({
        ca,
        cert,
        key,
        timeout: CONNECT_TIMEOUT_MS,
        allowH2: false,
        // A resumed session would keep the identity of a client certificate that was replaced since.
        maxCachedSessions: 0,
        rejectUnauthorized: !connection.insecureSkipTlsVerify,
        checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
      });
      connector({ ...options, hostname: dialHost, port: dialPort, servername }, callback);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(messageOf(error)), null);
    }
  };
  const connect: buildConnector.connector = (options, callback) => void open(options, callback);
  return new Pool(origin, { connections, connect, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS });
}

function splitDial(dial: string | undefined): [string, string] | undefined {
  const colon = dial?.lastIndexOf(':') ?? -1;
  if (dial === undefined || colon < 0) return undefined;
  return [dial.slice(0, colon).replace(/^\[|\]$/g, ''), dial.slice(colon + 1)];
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

/** Milliseconds the server asks to wait, when it also says it did not start on the request. */
function retryAfterOf({ statusCode, headers }: TransportResponse): number | undefined {
  if (statusCode !== 429 && statusCode !== 503) return undefined;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function errorOf(request: TransportRequest, response: TransportResponse, body: unknown): KubeError {
  return errorFromStatus(body, {
    label: labelOf(request),
    statusCode: response.statusCode,
    retryAfterMs: retryAfterOf(response),
    confidential: request.confidential,
  });
}

function asUnreachable(request: TransportRequest, error: unknown): KubeError {
  return error instanceof KubeError ? error : unreachable(labelOf(request), messageOf(error), error);
}

async function* withErrors(request: TransportRequest, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    request.signal?.throwIfAborted();
    throw asUnreachable(request, error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undici looks at the signal of a request only once it has a connection, and a dead server gives none for long. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A signal that fires after `ms` or with `outer`. Not AbortSignal.any: that keeps a listener on long-lived signals. */
function startDeadline(clock: Clock, ms: number, outer?: AbortSignal) {
  const controller = new AbortController();
  const follow = () => controller.abort(outer?.reason);
  let expired = false;
  const cancel = clock.after(ms, () => {
    expired = true;
    controller.abort();
  });
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    dispose: () => {
      cancel();
      outer?.removeEventListener('abort', follow);
    },
  };
}
