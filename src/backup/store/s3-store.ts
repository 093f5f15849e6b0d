import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BerthError } from '../../core/errors.js';
import { full, Guard, missing, unavailable } from './failures.js';
import { checkKey, type ObjectStore, type StoredObject } from './object-store.js';

/** A connection or an answer that takes longer is taken for dead; a part of an upload is 8 MiB. */
const SILENCE_MS = 30_000;
const CONNECT_MS = 5_000;
const PART_BYTES = 8 * 1024 * 1024;
const ATTEMPTS = 3;

/** What servers say when there is no room: AWS never, others by these codes (MinIO, Ceph). */
const FULL = new Set(['XMinioStorageFull', 'QuotaExceeded', 'EntityTooLarge', 'InsufficientStorage']);

/** Objects in a bucket of any server that speaks S3. */
export class S3Store implements ObjectStore {
  readonly #guard = new Guard((key, error) => this.#failure(key, error));

  private constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly prefix: string,
    readonly name: string,
  ) {}

  /** @param url `s3://bucket/prefix?endpoint=…&region=…` */
  static open(url: URL): S3Store {
    const endpoint = url.searchParams.get('endpoint') ?? undefined;
    const client = new S3Client({
      endpoint,
      region: url.searchParams.get('region') ?? process.env['AWS_REGION'] ?? 'us-east-1',
      // Servers at an address of their own seldom have a name for each bucket.
      forcePathStyle: endpoint !== undefined,
      maxAttempts: ATTEMPTS,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        requestTimeout: SILENCE_MS,
        connectionTimeout: CONNECT_MS,
        throwOnRequestTimeout: true,
      },
    });
    const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
    return new S3Store(
      client,
      url.hostname,
      prefix,
      `s3://${[url.hostname, prefix].filter(Boolean).join('/')}`,
    );
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const body = Readable.from(content, { objectMode: false });
    const upload = new Upload({
      client: this.client,
      params: { ...this.#ref(key), Body: body },
      partSize: PART_BYTES,
      queueSize: 2,
    });
    const abort = () => void upload.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#guard.call(key, () => upload.done());
    } finally {
      signal.removeEventListener('abort', abort);
      // An upload that gave up leaves its source as it is.
      body.destroy();
    }
  }

  async get(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const command = new GetObjectCommand(this.#ref(key));
    const { Body } = await this.#guard.call(key, () => this.client.send(command, { abortSignal: signal }));
    if (!(Body instanceof Readable)) throw unavailable(this.name, 'the answer has no body');
    return this.#guard.stream(key, Body);
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    const command = new DeleteObjectCommand(this.#ref(key));
    await this.#guard.call(key, () => this.client.send(command, { abortSignal: signal }));
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    const below = [this.prefix, prefix].filter(Boolean).join('/');
    const query = { Bucket: this.bucket, Prefix: below === '' ? undefined : `${below}/` };
    const pages = paginateListObjectsV2({ client: this.client }, query, { abortSignal: signal });
    for await (const { Contents = [] } of this.#guard.stream(prefix, pages)) {
      for (const { Key = '', Size = 0 } of Contents) yield { key: this.#relative(Key), size: Size };
    }
  }

  #ref(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: [this.prefix, checkKey(key)].filter(Boolean).join('/') };
  }

  #relative(key: string): string {
    return this.prefix === '' ? key : key.slice(this.prefix.length + 1);
  }

  #failure(key: string, error: unknown): unknown {
    if (error instanceof BerthError) return error;
    if (error instanceof NoSuchKey) return missing(key, this.name);
    if (error instanceof S3ServiceException && FULL.has(error.name)) return full(this.name, error);
    return unavailable(this.name, error);
  }
}
