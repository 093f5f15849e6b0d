/**
 * A cluster in one file, to be brought up again elsewhere: what Berth knows of it, the Secrets that cannot be made
 * again, and a snapshot. Compressed and encrypted as backups are (encryption.ts), with the key of backups: whoever has
 * the file alone has nothing. In clear: the manifest, the records (export-records.ts), an empty part, the snapshot. Manifest
 * and records are parts: length (4 bytes), JSON. Format 1 had neither records nor the empty part.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { BerthError } from '../core/errors.js';
import { clusterSpec } from '../model/cluster.js';
import { objectName, timestamp } from '../model/fields.js';
import { isZlibError, type LocalSnapshot } from './archive.js';
import { ByteReader } from './byte-reader.js';
import { decrypt, encrypt } from './encryption.js';
import { exportRecord, type ExportRecord } from './export-records.js';
import type { BackupKey, KeyRing } from './key-ring.js';
import { scratchFile } from './scratch-file.js';
import { inspectSnapshot } from './snapshot-file.js';

const FORMAT = 2;
const WITHOUT_RECORDS = 1;
/** Authenticated with every chunk: a stored backup is no export, nor the other way round. */
const CONTEXT = 'export of a cluster';
const LENGTH_BYTES = 4;
/** The API server takes no object of more than 1.5 MiB. */
const MAX_PART_BYTES = 16 * 1024 * 1024;

const texts = z.record(z.string(), z.string());

const exportManifest = z.strictObject({
  format: z.literal([WITHOUT_RECORDS, FORMAT]),
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

export interface ExportContent {
  manifest: Omit<ExportManifest, 'format'>;
  records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>;
  snapshotPath: string;
}

/** The file of an export. */
export function packExport(content: ExportContent, key: BackupKey): AsyncGenerator<Buffer> {
  const clear = Readable.from(clearBytes(content), { objectMode: false });
  return encrypt(through(clear, createZstdCompress()), key, CONTEXT);
}

/** An export on this machine's disk, proved whole. The file is gone when it is disposed of. */
export interface UnpackedExport extends LocalSnapshot {
  manifest: ExportManifest;
  /** In the order in which they can be made; to be read as often as one likes. */
  records(): AsyncIterable<ExportRecord>;
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
  await using files = new AsyncDisposableStack();
  try {
    const snapshot = files.use(await scratchFile(scratchDir));
    const recordsFile = files.use(await scratchFile(scratchDir));
    const packed = Readable.from(decrypt(source, keys, CONTEXT), { objectMode: false });
    const reader = new ByteReader(through(packed, createZstdDecompress()));
    const manifest = await readManifest(reader);
    const records = manifest.format === WITHOUT_RECORDS ? [] : readRecords(reader);
    await finished(Readable.from(packRecords(records)), createWriteStream(recordsFile.path), { signal });
    const rest = Readable.from(reader.rest(), { objectMode: false });
    await finished(rest, createWriteStream(snapshot.path), { signal });
    const facts = await inspectSnapshot(snapshot.path, signal);
    if (facts.digest !== manifest.snapshot.digest) throw corrupted('it holds another snapshot than it says');
    return unpacked(files.move(), {
      path: snapshot.path,
      manifest,
      facts,
      records: () => recordsIn(recordsFile.path),
    });
  } catch (error) {
    throw inWordsOfExports(error);
  }
}

/** What was read, with the files that it is read from. */
function unpacked(
  files: AsyncDisposableStack,
  content: Omit<UnpackedExport, typeof Symbol.asyncDispose>,
): UnpackedExport {
  return { ...content, [Symbol.asyncDispose]: () => files.disposeAsync() };
}

/** An error of the source ends the result with it, which a plain pipe would not do. */
function through(source: Readable, transform: NodeJS.ReadWriteStream): Bytes {
  return pipeline(source, transform, () => undefined) as unknown as Bytes;
}

async function* clearBytes({ manifest, records, snapshotPath }: ExportContent): AsyncGenerator<Buffer> {
  yield partOf({ format: FORMAT, ...manifest });
  yield* packRecords(records);
  yield* createReadStream(snapshotPath) as AsyncIterable<Buffer>;
}

async function* packRecords(records: ExportContent['records']): AsyncGenerator<Buffer> {
  for await (const record of records) yield partOf(record);
  yield Buffer.alloc(LENGTH_BYTES);
}

function partOf(content: object): Buffer {
  const json = Buffer.from(JSON.stringify(content));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json]);
}

/** The content of the next part; undefined when it is empty. */
async function readPart(reader: ByteReader): Promise<unknown> {
  const head = await reader.read(LENGTH_BYTES);
  if (head.length < LENGTH_BYTES) throw corrupted('it ends before its snapshot');
  const length = head.readUInt32BE();
  if (length === 0) return undefined;
  if (length > MAX_PART_BYTES) throw corrupted('a part of it is too long');
  const json = await reader.read(length);
  if (json.length < length) throw corrupted('it ends before its snapshot');
  return JSON.parse(json.toString()) as unknown;
}

async function readManifest(reader: ByteReader): Promise<ExportManifest> {
  const content = await readPart(reader);
  if (content === undefined) throw corrupted('it has no manifest');
  return understood(exportManifest, content, (content as { format?: unknown }).format);
}

/** As they were written, to the order of their fields: people read differences between them. */
async function* readRecords(reader: ByteReader): AsyncGenerator<ExportRecord> {
  for (let part = await readPart(reader); part !== undefined; part = await readPart(reader)) {
    understood(exportRecord, part, FORMAT);
    yield part as ExportRecord;
  }
}

async function* recordsIn(path: string): AsyncGenerator<ExportRecord> {
  await using reader = new ByteReader(createReadStream(path));
  yield* readRecords(reader);
}

function understood<T extends z.ZodType>(schema: T, content: unknown, format: unknown): z.infer<T> {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path }) => path.join('.') || 'manifest');
  throw new BerthError(
    'ExportFormatUnknown',
    `The export is of format ${String(format)}, this Berth reads ${WITHOUT_RECORDS} and ${FORMAT}; not understood: ${paths.join(', ')}.`,
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
