import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.js';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A service whose answers are these, one a request. */
async function serving(...answers: ((response: ServerResponse, url: string) => void)[]): Promise<ApiClient> {
  server = createServer((request, response) => answers.shift()?.(response, request.url ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token');
}

it('follows lines over connections that break, end or are refused for now', async () => {
  const asked: string[] = [];
  const api = await serving(
    (response, url) => {
      asked.push(url);
      response.write('one\ntwo\nhal', () => response.destroy());
    },
    (response) => {
      const problem = { status: 503, code: 'Draining', detail: 'This process is stopping.' };
      response.writeHead(503).end(JSON.stringify(problem));
    },
    (response, url) => {
      asked.push(url);
      response.end('three\n');
    },
    (response) => void response.write('four\n'),
  );
  const seen: string[] = [];
  for await (const line of api.followLines('/logs', () => ({ after: seen.length }))) {
    seen.push(line);
    if (seen.length === 4) break;
  }
  expect(seen).toEqual(['one', 'two', 'three', 'four']);
  expect(asked).toEqual(['/logs?after=0', '/logs?after=2']);
});

it('does not come back to what is refused for good', async () => {
  const problem = { status: 404, code: 'InstanceNotFound', detail: 'There is no instance "x".' };
  const api = await serving(
    (response) => response.end('one\n'),
    (response) => response.writeHead(404).end(JSON.stringify(problem)),
  );
  const lines = api.followLines('/logs', () => ({}));
  expect(await lines.next()).toEqual({ done: false, value: 'one' });
  await expect(lines.next()).rejects.toMatchObject({ code: 'InstanceNotFound' });
});
