import { createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { WebSocket } from 'ws';
import { openChannels, sendOn } from './channels.js';
import type { KubeClient } from './client.js';
import { pathOf, resources } from './resources.js';
import type { ObjectRef } from './types.js';

const PROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const ERROR = 1;
/** The first message on each channel is the number of the port. */
const GREETING_BYTES = 2;

/** A port of a pod as a port of this machine's loopback, for as long as it is open. */
export interface ForwardedPort {
  /** `host:port` to dial. */
  address: string;
  close(): Promise<void>;
}

/**
 * Reaches a port of a pod through the API server, as `kubectl port-forward` does: no route to the pod is needed, and no
 * NetworkPolicy is in the way. Each connection to the local port is one of its own to the pod.
 */
export async function forwardPort(client: KubeClient, pod: ObjectRef, port: number): Promise<ForwardedPort> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void bridge(client, pod, port, socket);
  });
  const address = await listen(server);
  return {
    address,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bridge(client: KubeClient, pod: ObjectRef, port: number, socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  try {
    const path = `${pathOf(resources.Pod, pod.namespace, pod.name, 'portforward')}?ports=${port}`;
    const stream = new PortStream(await openChannels(client.connection, path, [PROTOCOL]));
    stream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => stream.destroy());
    socket.pipe(stream).pipe(socket);
  } catch {
    // Whoever dialled sees a connection that breaks, and asks again.
    socket.destroy();
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `127.0.0.1:${address.port}`;
}

/** The two channels of one forwarded connection as a stream. */
class PortStream extends Duplex {
  readonly #greeted = new Set<number>();

  constructor(private readonly socket: WebSocket) {
    super();
    socket.on('message', (message: Buffer) => this.#take(message));
    socket.once('close', () => this.destroy());
    socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    callbackify(sendOn)(this.socket, DATA, chunk, (error) => done(error ?? undefined));
  }

  override _read(): void {
    this.socket.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.terminate();
    done(error);
  }

  #take(message: Buffer): void {
    const channel = message[0] ?? DATA;
    const isGreeting = !this.#greeted.has(channel);
    this.#greeted.add(channel);
    const bytes = message.subarray(1 + (isGreeting ? GREETING_BYTES : 0));
    if (bytes.length === 0) return;
    if (channel === ERROR) this.destroy(new Error(bytes.toString()));
    else if (!this.push(bytes)) this.socket.pause();
  }
}
