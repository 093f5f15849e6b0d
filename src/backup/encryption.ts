/**
 * Snapshots at rest: AES-256-GCM in chunks, so that a stream of any length is checked as it is read and memory stays
 * small. The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a nonce is the chunk's number and
 * whether it is the last one, so chunks cannot be left out, swapped, or cut off unnoticed.
 *
 * File: magic, id of the key (length and text), salt, then chunks of ciphertext with a 16-byte tag each. The key of a
 * file is derived from the named key and the salt (HKDF), so numbers may begin at zero in every file. `context` is
 * authenticated with every chunk: a file that belongs elsewhere does not decrypt.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { BerthError } from '../core/errors.js';
import { ByteReader } from './byte-reader.js';
import type { BackupKey, KeyRing } from './key-ring.js';

const ALGORITHM = 'aes-256-gcm';
const MAGIC = Buffer.from('BERTHBK1');
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const CHUNK_BYTES = 256 * 1024;

type Bytes = AsyncIterable<Uint8Array>;

/** The encrypted file of a stream. */
export async function* encrypt(source: Bytes, key: BackupKey, context: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const id = Buffer.from(key.id);
  yield Buffer.concat([MAGIC, Buffer.from([id.length]), id, salt]);
  const seal = sealer(fileKey(key, salt), context);
  for await (const { chunk, isLast } of chunksOf(source, CHUNK_BYTES)) yield seal(chunk, isLast);
}

/**
 * The stream that was encrypted, chunk by chunk as each is proved.
 * @throws BerthError `SnapshotCorrupted`, `BackupKeyUnknown`
 */
export async function* decrypt(source: Bytes, keys: KeyRing, context: string): AsyncGenerator<Buffer> {
  await using reader = new ByteReader(source);
  const key = await readHeader(reader, keys);
  const open = opener(key, context);
  for await (const { chunk, isLast } of chunksOf(reader.rest(), CHUNK_BYTES + TAG_BYTES)) {
    yield open(chunk, isLast);
  }
}

async function readHeader(reader: ByteReader, keys: KeyRing): Promise<Buffer> {
  const magic = await reader.read(MAGIC.length);
  if (!magic.equals(MAGIC)) throw corrupted('it is not a snapshot that Berth wrote');
  const [length = 0] = await reader.read(1);
  const id = (await reader.read(length)).toString();
  const salt = await reader.read(SALT_BYTES);
  if (salt.length < SALT_BYTES) throw corrupted('it ends within its header');
  return fileKey(keys.find(id), salt);
}

function fileKey({ secret }: BackupKey, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'berth snapshot', secret.length));
}

type Turn = (chunk: Buffer, isLast: boolean) => Buffer;

function sealer(key: Buffer, context: string): Turn {
  let number = 0;
  return (chunk, isLast) => {
    const cipher = createCipheriv(ALGORITHM, key, nonce(number++, isLast)).setAAD(Buffer.from(context));
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  };
}

function opener(key: Buffer, context: string): Turn {
  let number = 0;
  return (chunk, isLast) => {
    if (chunk.length < TAG_BYTES) throw corrupted('it ends within a chunk');
    const decipher = createDecipheriv(ALGORITHM, key, nonce(number++, isLast), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(chunk.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(chunk.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw corrupted('it was changed or cut off, or belongs to another cluster');
    }
  };
}

function nonce(number: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUInt32BE(number, NONCE_BYTES - 5);
  bytes[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return bytes;
}

/** Pieces of exactly `size` bytes; the last one may be shorter, and is there even when the source is empty. */
async function* chunksOf(source: Bytes, size: number): AsyncGenerator<{ chunk: Buffer; isLast: boolean }> {
  await using reader = new ByteReader(source);
  let chunk = await reader.read(size);
  for (;;) {
    const next = await reader.read(size);
    yield { chunk, isLast: next.length === 0 };
    if (next.length === 0) return;
    chunk = next;
  }
}

/** What is stored is not what was written. */
export function corrupted(why: string): BerthError {
  return new BerthError('SnapshotCorrupted', `The snapshot cannot be used: ${why}.`, {
    status: 409,
    next: 'Restore another backup; delete this one.',
  });
}
