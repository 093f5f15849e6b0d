import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { connectionTo } from './connection.js';
import { isConflict, isUnreachable, KubeError } from './kube-error.js';
import { Transport } from './transport.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server whose answers the test writes down; for what a real API server does only rarely. */
let server: Server;
let transport: Transport;
let clock: ManualClock;
let answers: Answer[];
let requests: IncomingMessage[];

beforeEach(async () => {
  answers = [];
  requests = [];
  clock = new ManualClock();
  server = createServer((request, response) => {
    requests.push(request);
    (answers.shift() ?? reply(200, '{}'))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const connection = connectionTo({ server: `http://127.0.0.1:${address.port}`, token: 'abc' });
  transport = new Transport(connection, { clock, timeoutMs: 5_000, retryAfterBudgetMs: 10_000 });
});

afterEach(async () => {
  await transport.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function reply(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (_request, response) => void response.writeHead(status, headers).end(body);
}

/** Turns the clock on until the promise ends. */
async function whileAdvancing<T>(promise: Promise<T>, stepMs = 500): Promise<T> {
  const state = { ended: false };
  const done = promise.finally(() => (state.ended = true));
  done.catch(() => undefined);
  while (!state.ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(stepMs);
  }
  return done;
}

const get = { method: 'GET', path: '/x' } as const;

describe('a request', () => {
  it('carries the credentials, and leaves out parameters that are not given', async () => {
    await transport.json({ ...get, query: { a: 1, b: undefined, c: '', labelSelector: 'a=b,c in (d)' } });
    expect(requests[0]?.headers.authorization).toBe('Bearer abc');
    expect(requests[0]?.url).toBe('/x?a=1&labelSelector=a%3Db%2Cc+in+%28d%29');
  });

  it.each([429, 503])('waits as long as the server asks with a %d, then tries again', async (status) => {
    answers = [reply(status, '{}', { 'retry-after': '3' })];
    const begin = clock.now();
    expect(await whileAdvancing(transport.json(get))).toEqual({});
    expect(requests).toHaveLength(2);
    expect(clock.now() - begin).toBeGreaterThanOrEqual(3_000);
  });

  it('does not wait for longer than its budget in all', async () => {
    answers = [0, 1, 2, 3].map(() => reply(429, '{}', { 'retry-after': '4' }));
    const error: unknown = await whileAdvancing(transport.json(get)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'KubeTooManyRequests', transient: true, retryAfterMs: 4_000 });
    expect(requests).toHaveLength(3);
  });

  it('that was refused without a Retry-After is not sent again', async () => {
    answers = [reply(503, 'no healthy upstream')];
    await expect(transport.json(get)).rejects.toMatchObject({
      code: 'KubeServiceUnavailable',
      statusCode: 503,
    });
    expect(requests).toHaveLength(1);
  });

  it('ends when no answer comes in time', async () => {
    answers = [() => undefined];
    const error: unknown = await whileAdvancing(transport.json(get)).catch((reason: unknown) => reason);
    expect(isUnreachable(error)).toBe(true);
    expect(error).toMatchObject({ message: 'GET /x: no answer within 5 s' });
  });

  it('ends when the answer is cut off in the middle', async () => {
    answers = [
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"a":');
        setImmediate(() => response.destroy());
      },
    ];
    const error: unknown = await transport.json(get).catch((reason: unknown) => reason);
    expect(isUnreachable(error)).toBe(true);
  });

  it('ends with the reason of whoever aborts it, also while it waits to try again', async () => {
    answers = [reply(429, '{}', { 'retry-after': '5' })];
    const controller = new AbortController();
    const reason = new Error('enough');
    const pending = transport.json({ ...get, signal: controller.signal });
    while (requests.length === 0) await settle();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});

describe('an error', () => {
  const status = {
    kind: 'Status',
    code: 409,
    reason: 'Conflict',
    message: 'field is owned',
    details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "x"', field: '.data.a' }] },
  };

  it('has the reason and fields of the Status', async () => {
    answers = [reply(409, JSON.stringify(status))];
    const error: unknown = await transport.json(get).catch((reason: unknown) => reason);
    expect(isConflict(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'KubeConflict',
      message: 'GET /x: field is owned',
      fields: [{ path: '.data.a', code: 'FieldManagerConflict', message: 'conflict with "x"' }],
    });
  });

  it('quotes nothing when the request was about secrets', async () => {
    const leaking = {
      ...status,
      message: 'hunter2',
      details: { causes: [{ reason: 'R', message: 'hunter2', field: 'f' }] },
    };
    answers = [reply(422, JSON.stringify(leaking))];
    const request = { ...get, query: { a: 'hunter2' }, confidential: true };
    const error: unknown = await transport.json(request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KubeError);
    const { message, fields, stack } = error as KubeError;
    expect(JSON.stringify([message, fields, stack])).not.toContain('hunter2');
    expect(fields).toMatchObject([{ path: 'f', code: 'R' }]);
  });
});

it('breaks off a request that still waits for its connection', async () => {
  // Takes TCP connections, but says nothing: TLS never begins.
  const silent = createTcpServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const unheard = new Transport(connectionTo({ server: `https://127.0.0.1:${port}` }));
  const stop = new AbortController();
  const connected = once(silent, 'connection') as Promise<Socket[]>;
  const sent = unheard.send({ method: 'GET', path: '/', signal: stop.signal });
  const [socket] = await connected;
  stop.abort(new Error('enough'));
  await expect(sent).rejects.toThrow('enough');
  await unheard.close();
  socket?.destroy();
  await new Promise((resolve) => silent.close(resolve));
}, 2_000);
