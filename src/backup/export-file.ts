/**
 * A cluster in one file, to be brought up again elsewhere: what Berth knows of it, the Secrets that cannot be made
 * again, and a snapshot. Compressed and encrypted as backups are (encryption.ts), with the key of backups: whoever has
 * the file alone has nothing. In clear: length of the manifest (4 bytes), the manifest in JSON, the snapshot.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { BerthError } from '../core/errors.js';
import { clusterSpec } from '../model/cluster.js';
import { objectName, timestamp } from '../model/fields.js';
import { isZlibError, type LocalSnapshot, scratchFile } from './archive.js';
import { ByteReader } from './byte-reader.js';
import { decrypt, encrypt } from './encryption.js';
import type { BackupKey, KeyRing } from './key-ring.js';
import { inspectSnapshot } from './snapshot-file.js';

const FORMAT = 1;
/** Authenticated with every chunk: a stored backup is no export, nor the other way round. */
const CONTEXT = 'export of a cluster';
const LENGTH_BYTES = 4;
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

const texts = z.record(z.string(), z.string());

const exportManifest = z.strictObject({
  format: z.literal(FORMAT),
  exportedAt: timestamp,
  cluster: z.strictObject({ name: objectName, labels: texts, annotations: texts, spec: clusterSpec }),
  /** Of the API server and of the tunnel, where nodes dial them. */
  nodePorts: z.array(z.int()),
  snapshot: z.strictObject({
    takenAt: timestamp,
    digest: z.string(),
    kubernetesVersion: z.string().optional(),
    etcdVersion: z.string().optional(),
  }),
  secrets: z.array(z.strictObject({ name: objectName, type: z.string(), data: texts })),
});
/** What an export holds beside the snapshot. The data of the Secrets is in base64, as the API has it. */
export type ExportManifest = z.infer<typeof exportManifest>;

type Bytes = AsyncIterable<Uint8Array>;

/** The file of an export. */
export function packExport(
  manifest: Omit<ExportManifest, 'format'>,
  snapshotPath: string,
  key: BackupKey,
): AsyncGenerator<Buffer> {
  const clear = Readable.from(clearBytes({ format: FORMAT, ...manifest }, snapshotPath), {
    objectMode: false,
  });
  return encrypt(through(clear, createZstdCompress()), key, CONTEXT);
}

/** An export on this machine's disk, proved whole. The file is gone when it is disposed of. */
export interface UnpackedExport extends LocalSnapshot {
  manifest: ExportManifest;
}

/**
 * Reads an export from beginning to end.
 * @throws BerthError `ExportCorrupted`, `ExportFormatUnknown`, `BackupKeyUnknown`
 */
export async function unpackExport(
  source: Bytes,
  keys: KeyRing,
  scratchDir: string,
  signal: AbortSignal,
): Promise<UnpackedExport> {
  const scratch = await scratchFile(scratchDir);
  try {
    const packed = Readable.from(decrypt(source, keys, CONTEXT), { objectMode: false });
    const reader = new ByteReader(through(packed, createZstdDecompress()));
    const manifest = await readManifest(reader);
    const rest = Readable.from(reader.rest(), { objectMode: false });
    await finished(rest, createWriteStream(scratch.path), { signal });
    const facts = await inspectSnapshot(scratch.path, signal);
    if (facts.digest !== manifest.snapshot.digest) throw corrupted('it holds another snapshot than it says');
    return { ...scratch, manifest, facts };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw inWordsOfExports(error);
  }
}

/** An error of the source ends the result with it, which a plain pipe would not do. */
function through(source: Readable, transform: NodeJS.ReadWriteStream): Bytes {
  return pipeline(source, transform, () => undefined) as unknown as Bytes;
}

async function* clearBytes(manifest: ExportManifest, snapshotPath: string): AsyncGenerator<Buffer> {
  const json = Buffer.from(JSON.stringify(manifest));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  yield Buffer.concat([length, json]);
  yield* createReadStream(snapshotPath) as AsyncIterable<Buffer>;
}

async function readManifest(reader: ByteReader): Promise<ExportManifest> {
  const head = await reader.read(LENGTH_BYTES);
  const length = head.length === LENGTH_BYTES ? head.readUInt32BE() : 0;
  if (length === 0 || length > MAX_MANIFEST_BYTES) throw corrupted('it has no manifest');
  const json = await reader.read(length);
  if (json.length < length) throw corrupted('it ends within its manifest');
  const content = JSON.parse(json.toString()) as { format?: unknown };
  const result = exportManifest.safeParse(content);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path }) => path.join('.') || 'manifest');
  throw new BerthError(
    'ExportFormatUnknown',
    `The export is of format ${String(content.format)}, this Berth reads ${FORMAT}; not understood: ${paths.join(', ')}.`,
    { status: 422, next: 'Import it with the version of Berth that made it, or a newer one.' },
  );
}

function inWordsOfExports(error: unknown): unknown {
  if (isZlibError(error)) return corrupted('it does not unpack');
  const isDamage = error instanceof BerthError && error.code === 'SnapshotCorrupted';
  return isDamage ? corrupted(error.message.replace(/^.*?: |\.$/g, '')) : error;
}

function corrupted(why: string): BerthError {
  return new BerthError('ExportCorrupted', `The file cannot be imported: ${why}.`, {
    status: 422,
    next: 'Copy the file again, or export the cluster again: berth cluster export.',
  });
}
