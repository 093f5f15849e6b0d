/** Feeding a container over a real API server, whose node accepts connections and says nothing more. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { feedStdin } from '../../../src/kube/attach.js';
import type { KubeClient } from '../../../src/kube/client.js';
import { TestApiServer } from '../../support/kube-apiserver.js';

const pod = { namespace: 'default', name: 'fed' };
let server: TestApiServer;
let client: KubeClient;
let kubelet: Server;
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = await TestApiServer.start();
  client = await server.client();
  kubelet = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await once(kubelet, 'listening');
  await client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'silent' } });
  const kubeletEndpoint = { Port: (kubelet.address() as AddressInfo).port };
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  await setStatus('Node', { name: 'silent' }, { addresses, daemonEndpoints: { kubeletEndpoint } });
  const containers = [{ name: 'receive', image: 'any', stdin: true }];
  const spec = { nodeName: 'silent', containers, automountServiceAccountToken: false };
  await client.create({ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec });
}, 90_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  kubelet.close();
  await server.stop();
});

async function setStatus(kind: string, ref: { name: string }, status: object): Promise<void> {
  const resource = await client.discovery.resourceOf({ apiVersion: 'v1', kind });
  await client.patch(resource, ref, { status }, { subresource: 'status' });
}

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

it('who does not want it any more does not wait for a node that says nothing', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const feeding = feedStdin(client, pod, { container: 'receive', source: endless(), signal });
  const isOver = feeding.then(
    () => 'fed',
    () => 'cut off',
  );
  await once(kubelet, 'connection');
  const from = performance.now();
  controller.abort(new Error('not wanted any more'));
  expect(await isOver).toBe('cut off');
  expect(performance.now() - from).toBeLessThan(5_000);
}, 60_000);
