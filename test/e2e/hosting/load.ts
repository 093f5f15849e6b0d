import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import type { Access } from './hosted.js';

export interface LoadResult {
  sent: number;
  /** Why requests failed: an error's code or an HTTP status. */
  failures: string[];
  /** The longest time between two answers, over all streams. */
  longestGapMs: number;
}

const PERIOD_MS = 50;
const TIMEOUT_MS = 10_000;
/** Traefik takes what changed at most every two seconds (providersThrottleDuration). */
const ROUTE_MS = 4_000;
const PACE_MS = 100;

/**
 * Requests at a steady pace, whether or not earlier ones were answered: one stream over kept connections, one with a
 * new connection for each request. Every error counts, but for what every client's library mends by itself.
 */
export class Load {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #failures: string[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #answeredAt = performance.now();
  #longestGapMs = 0;

  constructor(
    private readonly access: Access,
    private readonly path = '/api/v1/namespaces/default',
  ) {
    this.#timer = setInterval(() => {
      this.#send(this.#agent);
      this.#send(false);
    }, PERIOD_MS);
  }

  /** Ends when every request has its answer. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    this.#agent.destroy();
    return { sent: this.#sent, failures: this.#failures, longestGapMs: Math.round(this.#longestGapMs) };
  }

  #send(agent: Agent | false): void {
    this.#sent += 1;
    const stream = agent ? 'kept connection' : 'new connection';
    const answer = ask(this.access, this.path, agent).then((status) => {
      if (status !== 200) this.#failures.push(`${stream}: HTTP ${status}`);
      this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - this.#answeredAt);
      this.#answeredAt = performance.now();
    });
    const done = answer.catch((error: NodeJS.ErrnoException) => {
      this.#failures.push(`${stream}: ${error.code ?? error.message}`);
    });
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
  }
}

/** Whether it is ready, asked from outside. */
export async function answers(access: Access): Promise<boolean> {
  return (await ask(access, '/readyz').catch(() => 0)) === 200;
}

/** For longer than the ingress waits to take a route: until then it may answer, or not, by the route there was before. */
export async function answersOn(access: Access): Promise<boolean> {
  for (const until = performance.now() + ROUTE_MS; performance.now() < until; await sleep(PACE_MS))
    if (!(await answers(access))) return false;
  return true;
}

/** The status code of one GET. */
export function ask(access: Access, path: string, agent: Agent | false = false): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { ca, cert, key, server, serverName: servername } = access;
  const options = { ...urlToHttpOptions(new URL(path, server)), ca, cert, key, servername, agent };
  const asked = request({ ...options, timeout: TIMEOUT_MS }, (response) => {
    response.resume();
    const { statusCode = 0, headers } = response;
    response.on('end', () => {
      // A server refuses so what it reads between the end of its shutdown delay and the end of the connection;
      // client-go asks again as well (rest/with_retry.go). On a new connection, nothing may come so late.
      const isRefusedAtShutdown = asked.reusedSocket && statusCode === 503 && headers['retry-after'] === '1';
      resolve(isRefusedAtShutdown ? sleep(1000).then(() => ask(access, path, agent)) : statusCode);
    });
    response.on('error', reject);
  });
  asked.on('timeout', () => asked.destroy(new Error('timeout')));
  asked.on('error', (error: NodeJS.ErrnoException) => {
    // The server ended a kept connection at the very moment we wrote to it; Go's transport asks again as well.
    if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(ask(access, path, agent));
    else reject(error);
  });
  asked.end();
  return promise;
}
