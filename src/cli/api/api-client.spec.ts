import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.js';

let server: Server;
afterEach(() => void server.close());

async function clientOf(listener: RequestListener): Promise<ApiClient> {
  server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token');
}

async function textOf(stream: AsyncIterable<string>, seen: string[]): Promise<void> {
  for await (const text of stream) seen.push(text);
}

describe('a service that ends in the middle', () => {
  const UNREACHABLE = {
    code: 'ServiceUnreachable',
    transient: true,
    next: expect.stringContaining('berth status'),
  };
  const breaking: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('a line\nhalf', () => setImmediate(() => response.destroy()));
  };

  it('of an answer cannot be reached', async () => {
    const client = await clientOf(breaking);
    await expect(client.call('/x')).rejects.toMatchObject(UNREACHABLE);
    await expect(client.text('/x', 'token')).rejects.toMatchObject(UNREACHABLE);
  });

  it('of a stream cannot be reached, and what came before is given', async () => {
    const client = await clientOf(breaking);
    const seen: string[] = [];
    await expect(textOf(client.lines('/x', {}), seen)).rejects.toMatchObject(UNREACHABLE);
    expect(seen).toEqual(['a line']);
  });
});

it('a stream that is through ends', async () => {
  const client = await clientOf((_request, response) => void response.end('a line\n'));
  const seen: string[] = [];
  await textOf(client.lines('/x', {}), seen);
  expect(seen).toEqual(['a line']);
});
