import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createAdapter } from './adapter.js';
import { EXPORT_TYPE, IMPORTS_PATH } from './media-types.js';

const limits = { wholeMs: 600, idleMs: 400 };
/** Longer than any limit, in pieces that come oftener. */
const PIECES = 20;
const PIECE_MS = 100;

let fastify: FastifyInstance;

beforeAll(async () => {
  fastify = createAdapter(limits).getInstance<FastifyInstance>();
  fastify.post(IMPORTS_PATH, async ({ body }) => ({ size: (await buffer(body as Readable)).length }));
  fastify.post('/other', async () => ({}));
  await fastify.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(() => fastify.close());

function open(path: string, type: string): ClientRequest {
  const { port } = fastify.server.address() as AddressInfo;
  const headers = { 'content-type': type, 'transfer-encoding': 'chunked' };
  return request({ host: '127.0.0.1', port, path, method: 'POST', headers }).on('error', () => undefined);
}

async function answerTo(sent: ClientRequest): Promise<{ status?: number; body: unknown }> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: JSON.parse(await text(answer)) };
}

describe('bodies that come slowly', () => {
  it('are waited for when they are files, for as long as they keep coming', async () => {
    const sent = open(IMPORTS_PATH, EXPORT_TYPE);
    const answer = answerTo(sent);
    for (let i = 0; i < PIECES; i++) {
      sent.write('x'.repeat(100));
      await delay(PIECE_MS);
    }
    sent.end();
    expect(await answer).toEqual({ status: 200, body: { size: PIECES * 100 } });
  });

  it('end when nothing comes any more', async () => {
    const sent = open(IMPORTS_PATH, EXPORT_TYPE);
    sent.write('x');
    expect(await answerTo(sent)).toMatchObject({ status: 408, body: { code: 'RequestTimeout' } });
  });

  it('have to be there in time at all other addresses, even if they keep coming', async () => {
    const sent = open('/other', 'application/json');
    const answer = answerTo(sent);
    const dripping = setInterval(() => sent.write(' '), PIECE_MS);
    try {
      expect(await answer).toMatchObject({ status: 408, body: { code: 'RequestTimeout' } });
    } finally {
      clearInterval(dripping);
      sent.destroy();
    }
  });
});
