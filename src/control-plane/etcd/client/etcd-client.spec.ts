import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { BerthError } from '../../../core/errors.js';
import { EtcdClient } from './etcd-client.js';

it('tells the same as long as the same is wrong', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  const told = async () => {
    const client = await EtcdClient.open({ dial: `127.0.0.1:${port}` });
    const error = await client.status().catch((reason: unknown) => reason as BerthError);
    client.close();
    return error instanceof BerthError ? `${error.code} ${error.message}` : undefined;
  };
  const first = await told();
  expect(first).toMatch(/^EtcdUnavailable etcd does not answer Status: .*ECONNREFUSED 127\.0\.0\.1:\d+\./);
  expect(await told()).toBe(first);
});
