/**
 * Steady traffic on a hosted API server, as its users make it: three streams of requests at a fixed pace, whether or not
 * earlier ones were answered, and open watches. Every error counts, but for what every client's library mends by
 * itself: a request the server never looked at, on a connection it had already closed.
 */
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';

const PERIOD_MS = 50;
const TIMEOUT_MS = 10_000;
const READ = '/api/v1/namespaces/default';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
/** Of the requests of a stream, one in this many writes. */
const WRITES = 4;
const STREAMS = ['new', 'http1', 'http2'];

/** @param access server, serverName, ca, cert and key of a kubeconfig, decoded */
export class Traffic {
  #failures = [];
  #running = new Set();
  #sent = 0;
  #answeredAt = performance.now();
  #longestGapMs = 0;

  constructor(access) {
    this.access = access;
    this.agent = new Agent({ keepAlive: true });
    this.session = new Session(access);
    const ways = {
      new: (ask) => overHttp1(access, ask, false),
      http1: (ask) => overHttp1(access, ask, this.agent),
      http2: (ask) => this.session.ask(ask),
    };
    this.timers = STREAMS.map((name) => setInterval(() => this.#send(name, ways[name]), PERIOD_MS));
    this.watches = [new Watch(access), new Watch(access)];
  }

  /** What is written, an object for each stream; to be made once before. */
  static get objects() {
    return STREAMS.map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
    }));
  }

  /** Ends when every request has its answer. */
  async stop() {
    this.timers.forEach(clearInterval);
    await Promise.all(this.#running);
    const watches = await Promise.all(this.watches.map((watch) => watch.stop()));
    this.agent.destroy();
    this.session.close();
    return {
      sent: this.#sent,
      failures: [...this.#failures, ...watches.flatMap(({ failures }) => failures)],
      longestGapMs: Math.round(this.#longestGapMs),
      events: Math.min(...watches.map(({ events }) => events)),
    };
  }

  #send(stream, send) {
    this.#sent += 1;
    // Streams take turns, so that counting all requests would have one of them write all the time.
    const isWrite = Math.floor(this.#sent / STREAMS.length) % WRITES === 0;
    const body = JSON.stringify({ data: { sent: String(this.#sent) } });
    const ask = isWrite
      ? { method: 'PATCH', path: `${CONFIG_MAPS}/${stream}`, body }
      : { method: 'GET', path: READ };
    const done = send(ask)
      .then((status) => {
        if (status !== 200) this.#failures.push(`${stream}: ${ask.method} HTTP ${status}`);
        this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - this.#answeredAt);
        this.#answeredAt = performance.now();
      })
      .catch((error) => this.#failures.push(`${stream}: ${ask.method} ${error.code ?? error.message}`));
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
  }
}

function headersOf({ body }) {
  return body === undefined ? {} : { 'content-type': 'application/merge-patch+json' };
}

function overHttp1(access, ask, agent) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const { hostname: host, port } = new URL(access.server);
  const { ca, cert, key, serverName: servername } = access;
  const { method, path, body } = ask;
  const options = { host, port, ca, cert, key, servername, agent, method, path, headers: headersOf(ask) };
  const asked = request({ ...options, timeout: TIMEOUT_MS }, (response) => {
    response.resume().on('end', () => resolve(response.statusCode));
    response.on('error', reject);
  });
  asked.on('timeout', () => asked.destroy(new Error('timeout')));
  asked.on('error', (error) => {
    // The server ended a kept connection at the very moment we wrote to it. Go's transport asks again what may be asked
    // twice (net/http, isReplayable); a write that was sent is not, and counts.
    if (asked.reusedSocket && error.code === 'ECONNRESET' && method === 'GET')
      resolve(overHttp1(access, ask, agent));
    else reject(error);
  });
  asked.end(body);
  return promise;
}

/** One HTTP/2 connection, renewed when the server says goodbye (GOAWAY), as net/http does. */
class Session {
  #session;

  constructor(access) {
    this.access = access;
  }

  async ask(ask, attempts = 3) {
    const session = this.#current();
    const { promise, resolve, reject } = Promise.withResolvers();
    const stream = session.request({ ':method': ask.method, ':path': ask.path, ...headersOf(ask) });
    let status;
    stream.setTimeout(TIMEOUT_MS, () => stream.destroy(new Error('timeout')));
    stream.on('response', (headers) => (status = headers[':status']));
    stream.on('error', reject).resume();
    stream.on('close', () => (status === undefined ? reject(refused(stream)) : resolve(status)));
    stream.end(ask.body);
    try {
      return await promise;
    } catch (error) {
      // RFC 9113 section 8.7: a refused stream was not looked at, whatever its method.
      if (status !== undefined || attempts <= 1 || !isRefused(stream, error)) throw error;
      return this.ask(ask, attempts - 1);
    }
  }

  close() {
    this.#session?.destroy();
  }

  #current() {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { server, serverName: servername, ca, cert, key } = this.access;
    const session = connect(server, { servername, ca, cert, key });
    const leave = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on('goaway', leave).on('close', leave).on('error', leave);
    this.#session = session;
    return session;
  }
}

const REFUSED_STREAM = 7;

function refused(stream) {
  return Object.assign(new Error(`stream closed with ${stream.rstCode}`), { code: `RST_${stream.rstCode}` });
}

function isRefused(stream, { code }) {
  return stream.rstCode === REFUSED_STREAM || code === 'ERR_HTTP2_GOAWAY_SESSION' || stream.id === undefined;
}

/** A watch that is opened again where it ended, as informers do. An answer other than 200 is a failure. */
class Watch {
  failures = [];
  events = 0;
  #version = '';
  #stopping = false;
  #asked;

  constructor(access) {
    this.access = access;
    this.running = this.#run();
  }

  async stop() {
    this.#stopping = true;
    this.#asked?.destroy();
    await this.running;
    return { failures: this.failures, events: this.events };
  }

  async #run() {
    while (!this.#stopping) {
      await this.#watchOnce().catch((error) => {
        if (!this.#stopping) this.failures.push(`watch: ${error.code ?? error.message}`);
      });
    }
  }

  async #watchOnce() {
    const { promise, resolve, reject } = Promise.withResolvers();
    const { hostname: host, port } = new URL(this.access.server);
    const { ca, cert, key, serverName: servername } = this.access;
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${this.#version}`;
    const path = `/api/v1/namespaces/default/configmaps?${query}`;
    this.#asked = request({ host, port, ca, cert, key, servername, path, agent: false }, resolve);
    // A server that is stopping cuts watches off; opening them again is every client's business.
    this.#asked
      .on('error', (error) => (error.code === 'ECONNRESET' ? resolve(undefined) : reject(error)))
      .end();
    const response = await promise;
    if (response === undefined) return;
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
    try {
      for await (const line of createInterface({ input: response })) this.#take(JSON.parse(line));
    } catch (error) {
      if (error.code !== 'ECONNRESET') throw error;
    }
  }

  #take({ type, object }) {
    if (type === 'ERROR') throw new Error(`${object.code} ${object.reason}`);
    this.#version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') this.events += 1;
  }
}
