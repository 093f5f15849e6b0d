import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A TCP proxy on loopback between a client and a server, to count connections, to slow them down and to break them. */
export class TcpProxy {
  /** Connections taken since the start. */
  connections = 0;
  /** How fast each new connection brings what the server sends; as fast as it goes unless told. */
  bytesPerSecond = Infinity;
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(private readonly target: { host: string; port: number }) {
    this.#server = createServer((client) => this.#connect(client));
  }

  static async start(target: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(target);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** `host:port` to dial. */
  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return `127.0.0.1:${address.port}`;
  }

  /** Connections open at the moment. */
  get open(): number {
    return this.#pairs.size;
  }

  /** What the server sends on connections open now is lost from here on, but they stay open; new ones work. */
  silence(): void {
    for (const [client, server] of this.#pairs) {
      server.unpipe(client);
      server.resume();
    }
  }

  /** Breaks every connection. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #connect(client: Socket): void {
    this.connections++;
    const server = createConnection(this.target);
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    if (this.bytesPerSecond === Infinity) server.pipe(client);
    else server.pipe(slowedTo(this.bytesPerSecond)).pipe(client);
  }
}

function slowedTo(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => done(undefined, chunk), (chunk.length / bytesPerSecond) * 1000);
    },
  });
}
