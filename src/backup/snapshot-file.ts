import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { BoltFile } from './bolt/bolt-file.js';
import { readKeyValue } from './bolt/key-value.js';
import { corrupted } from './encryption.js';

/** etcd appends the SHA-256 of the database to what it streams; pages are multiples of 512 bytes. */
const DIGEST_BYTES = 32;
const SECTOR_BYTES = 512;

/** What is in a snapshot. */
export interface SnapshotContent {
  /** etcd's revision. */
  revision: number;
  /** Keys that are there, without deleted ones and older versions. */
  keys: number;
  /**
   * Of keys and values alone: two databases with the same keys and values have the same one, whatever their
   * revisions, members and history. SHA-256 of each pair, summed, so the order does not matter; 32 hex digits.
   */
  contentDigest: string;
}

/** Facts of a snapshot's file. */
export interface SnapshotFacts extends SnapshotContent {
  sizeBytes: number;
  /** SHA-256 of the whole file. */
  digest: string;
}

/**
 * Reads a snapshot from beginning to end and says what is in it.
 * @throws BerthError `SnapshotCorrupted` when its digest does not fit, or its tree cannot be walked.
 */
export async function inspectSnapshot(path: string, signal: AbortSignal): Promise<SnapshotFacts> {
  const { size } = await stat(path);
  if (size % SECTOR_BYTES !== DIGEST_BYTES) throw corrupted('its length is not that of a whole snapshot');
  const digest = await provenDigest(path, size, signal);
  const bolt = await BoltFile.open(path, size - DIGEST_BYTES);
  try {
    return { sizeBytes: size, digest, ...(await contentOf(bolt, signal)) };
  } finally {
    await bolt.close();
  }
}

/** SHA-256 of the file, after the digest at its end was compared. */
async function provenDigest(path: string, size: number, signal: AbortSignal): Promise<string> {
  const database = createHash('sha256');
  const stream = createReadStream(path, { end: size - DIGEST_BYTES - 1, signal, highWaterMark: 1024 * 1024 });
  for await (const chunk of stream) database.update(chunk as Buffer);
  const whole = database.copy();
  const trailer: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: size - DIGEST_BYTES }))
    trailer.push(chunk as Buffer);
  const appended = Buffer.concat(trailer);
  if (!database.digest().equals(appended)) throw corrupted('its bytes are not those that etcd sent');
  return whole.update(appended).digest('hex');
}

async function contentOf(bolt: BoltFile, signal: AbortSignal): Promise<SnapshotContent> {
  const live = new Map<string, bigint>();
  let revision = 0;
  for await (const { key, value } of bolt.bucket('key')) {
    signal.throwIfAborted();
    const change = readRevision(key);
    revision = change.main;
    const pair = readKeyValue(value);
    // A restore that bumps the revision leaves an entry without a key.
    if (pair.key.length === 0) continue;
    const name = pair.key.toString('latin1');
    if (change.isTombstone) live.delete(name);
    else live.set(name, digestOfPair(pair.key, pair.value));
  }
  const sum = [...live.values()].reduce((total, one) => BigInt.asUintN(128, total + one), 0n);
  return { revision, keys: live.size, contentDigest: sum.toString(16).padStart(32, '0') };
}

/** Eight bytes, `_`, eight bytes, and `t` when the change was a deletion (etcd mvcc/revision.go). */
function readRevision(key: Buffer): { main: number; isTombstone: boolean } {
  if (key.length !== 17 && key.length !== 18) throw corrupted('an entry has no revision');
  return { main: Number(key.readBigUInt64BE(0)), isTombstone: key.length === 18 };
}

function digestOfPair(key: Buffer, value: Buffer): bigint {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(key.length);
  const hash = createHash('sha256').update(length).update(key).update(value).digest();
  return BigInt(`0x${hash.subarray(0, 16).toString('hex')}`);
}
