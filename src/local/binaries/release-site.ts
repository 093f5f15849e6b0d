/** Binaries as their projects publish them, taken only when the published checksum matches. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { BerthError, messageOf } from '../../core/errors.js';
import { run } from '../../core/process.js';
import type { BinaryCache } from './binary-cache.js';
import { type PublishedFile, RELEASES } from './releases.js';
import type { BinaryRequest, BinarySource, Found } from './source.js';

const PROBE_TIMEOUT_MS = 4_000;
const DOWNLOAD_TIMEOUT_MS = 20 * 60_000;

/** Where bytes come from: `fetch`, or a stand-in for it. */
export type Fetch = (url: string, init: { signal: AbortSignal }) => Promise<Response>;

/** A site that does not answer is asked once a run, not once a file. */
export class ReleaseSite implements BinarySource {
  readonly name = 'release site';
  readonly #unreachable = new Map<string, string>();

  constructor(
    private readonly cache: BinaryCache,
    private readonly onProgress: (message: string) => void,
    private readonly fetch: Fetch = globalThis.fetch,
  ) {}

  async find(request: BinaryRequest): Promise<Found> {
    const published = RELEASES[request.release].published;
    if (!published) return { paths: {}, reason: `${request.release} publishes no binaries` };
    const paths: Record<string, string> = {};
    for (const command of request.commands) {
      const file = published(command, request.version, request.platform);
      try {
        paths[command] = await this.download(request, command, file);
      } catch (error) {
        return { paths, reason: messageOf(error) };
      }
    }
    return { paths, reason: '' };
  }

  private async download(request: BinaryRequest, command: string, file: PublishedFile): Promise<string> {
    const wanted = await this.checksum(file);
    return this.cache.withScratch(async (directory) => {
      this.onProgress(`downloading ${file.url}`);
      const target = join(directory, basename(file.url));
      const response = await this.get(file.url, DOWNLOAD_TIMEOUT_MS);
      const body = response.body as ReadableStream<Uint8Array>;
      await pipeline(Readable.fromWeb(body), createWriteStream(target));
      await verify(target, wanted, file.url);
      if (file.member === undefined) return this.cache.store(request, command, target);
      await run('tar', ['-xzf', target, '-C', directory, file.member]);
      return this.cache.store(request, command, join(directory, file.member));
    });
  }

  private async checksum({ url, checksumUrl }: PublishedFile): Promise<string> {
    const text = await (await this.get(checksumUrl, PROBE_TIMEOUT_MS)).text();
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const line = lines.length === 1 ? lines[0] : lines.find((entry) => entry.includes(basename(url)));
    const sum = line?.trim().split(/\s+/)[0]?.toLowerCase();
    if (sum && /^[0-9a-f]{64}$/.test(sum)) return sum;
    throw new BerthError('ChecksumMissing', `${checksumUrl} holds no SHA-256 of ${basename(url)}`);
  }

  private async get(url: string, timeoutMs: number): Promise<Response> {
    const { host } = new URL(url);
    const known = this.#unreachable.get(host);
    if (known !== undefined) throw new BerthError('SiteUnreachable', known);
    const response = await this.connect(url, host, timeoutMs);
    if (response.ok && response.body) return response;
    throw new BerthError('DownloadFailed', `${url} answered ${response.status} ${response.statusText}`);
  }

  private async connect(url: string, host: string, timeoutMs: number): Promise<Response> {
    try {
      return await this.fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      const cause = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
      const reason = `${host} cannot be reached (${cause})`;
      this.#unreachable.set(host, reason);
      throw new BerthError('SiteUnreachable', reason, { cause: error });
    }
  }
}

async function verify(path: string, wanted: string, url: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const sum = hash.digest('hex');
  if (sum === wanted) return;
  throw new BerthError('ChecksumMismatch', `${url} has SHA-256 ${sum}, its publisher says ${wanted}`);
}
