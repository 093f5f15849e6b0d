/**
 * A registry that holds the catalogue's images under their official names, read-only, as a mirror in front of the
 * official registries: containerd asks it first, and there for what it does not have. Only what the OCI distribution
 * specification wants for pulls.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../core/errors.js';
import type { Logger } from '../../core/logging.js';
import { type ImageBlobs, MANIFEST_TYPE } from './image-blobs.js';

export class ImageRegistry {
  readonly #server: Server;

  constructor(
    private readonly blobs: ImageBlobs,
    private readonly logger: Logger,
  ) {
    this.#server = createServer((request, response) => void this.answer(request, response));
    // Making an image may mean building what is in it.
    this.#server.requestTimeout = 0;
  }

  /** Returns the port. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.route(request, response);
    } catch (error) {
      this.logger.warn({ url: request.url, error: messageOf(error) }, 'image not served');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  }

  private async route({ url = '/', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405);
    const { pathname, searchParams } = new URL(url, 'http://registry');
    if (pathname === '/v2/') return refuse(response, 200);
    const [, name = '', kind, id = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname) ?? [];
    const digest = await this.digestOf(searchParams.get('ns'), name, id);
    const blob = await this.blobs.blob(digest);
    if (!blob) return refuse(response, 404);
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? MANIFEST_TYPE : 'application/octet-stream',
      'content-length': blob.size,
      'docker-content-digest': digest,
    });
    if (method === 'HEAD') response.end();
    else await pipeline(createReadStream(blob.path), response);
  }

  /** The digest that `id`, a tag or a digest, stands for. `registry` is the one that containerd names in `ns`. */
  private async digestOf(registry: string | null, name: string, id: string): Promise<string> {
    if (id.startsWith('sha256:')) return id;
    if (registry === null || name === '') return '';
    return (await this.blobs.manifest(`${registry}/${name}:${id}`))?.digest ?? '';
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
