/**
 * Reads the file format of bbolt, etcd's storage (go.etcd.io/bbolt, `internal/common/page.go`, `meta.go`): pages of a
 * B+ tree, two of them with the root. All numbers are little-endian. Nothing is trusted: whatever points outside of
 * the file or back to a page already seen is a corruption.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { corrupted } from '../encryption.js';

const PAGE_HEADER = 16;
const ELEMENT = 16;
const BUCKET_HEADER = 16;
const META_BYTES = 56;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const BUCKET_FLAG = 1;
const flags = { branch: 0x01, leaf: 0x02 } as const;
/** No tree of real data is deeper: a branch has some 50 children at least. */
const MAX_DEPTH = 16;

interface Meta {
  pageSize: number;
  root: bigint;
  transaction: bigint;
}

interface Entry {
  key: Buffer;
  value: Buffer;
  isBucket: boolean;
}

export class BoltFile {
  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
    private readonly meta: Meta,
  ) {}

  /** @throws BerthError `SnapshotCorrupted` */
  static async open(path: string, size: number): Promise<BoltFile> {
    const file = await open(path);
    try {
      return new BoltFile(file, size, await newestMeta(file, size));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The keys and values of a bucket in the order of keys. Throws SnapshotCorrupted. */
  async *bucket(name: string): AsyncGenerator<Omit<Entry, 'isBucket'>> {
    for await (const { key, value, isBucket } of this.#walk(this.meta.root, 0)) {
      if (!isBucket || key.toString() !== name) continue;
      const root = value.readBigUInt64LE(0);
      if (root === 0n) yield* entriesOf(value.subarray(BUCKET_HEADER));
      else yield* this.#walk(root, 0);
      return;
    }
    throw corrupted(`it has no bucket "${name}"`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async *#walk(id: bigint, depth: number): AsyncGenerator<Entry> {
    if (depth > MAX_DEPTH) throw corrupted('its tree is too deep');
    const page = await this.#page(id);
    const kind = page.readUInt16LE(8);
    if (kind === flags.leaf) yield* entriesOf(page);
    else if (kind === flags.branch) for (const child of childrenOf(page)) yield* this.#walk(child, depth + 1);
    else throw corrupted(`page ${id} is no part of a tree`);
  }

  /** A page with what overflows into the following ones. */
  async #page(id: bigint): Promise<Buffer> {
    const { pageSize } = this.meta;
    const offset = Number(id) * pageSize;
    const first = await readAt(this.file, offset, pageSize, this.size);
    if (first.readBigUInt64LE(0) !== id) throw corrupted(`page ${id} calls itself another`);
    const overflow = first.readUInt32LE(12);
    return overflow === 0 ? first : readAt(this.file, offset, pageSize * (overflow + 1), this.size);
  }
}

async function newestMeta(file: FileHandle, size: number): Promise<Meta> {
  const first = await metaAt(file, 0, size);
  // The second lies a page further; without the first its place is a guess: the page size of all usual machines.
  const second = await metaAt(file, first?.pageSize ?? 4096, size);
  const metas = [first, second].filter((meta) => meta !== undefined);
  const newest = metas.toSorted((a, b) => Number(b.transaction - a.transaction))[0];
  if (!newest) throw corrupted('it is not an etcd database');
  return newest;
}

async function metaAt(file: FileHandle, offset: number, size: number): Promise<Meta | undefined> {
  const page = await readAt(file, offset, PAGE_HEADER + META_BYTES + 8, size);
  const meta = page.subarray(PAGE_HEADER);
  const isMeta = meta.readUInt32LE(0) === MAGIC && meta.readUInt32LE(4) === VERSION;
  if (!isMeta || meta.readBigUInt64LE(META_BYTES) !== fnv1a(meta.subarray(0, META_BYTES))) return undefined;
  return {
    pageSize: meta.readUInt32LE(8),
    root: meta.readBigUInt64LE(16),
    transaction: meta.readBigUInt64LE(48),
  };
}

function* childrenOf(page: Buffer): Generator<bigint> {
  const count = page.readUInt16LE(10);
  for (let i = 0; i < count; i++)
    yield page.readBigUInt64LE(within(page, PAGE_HEADER + i * ELEMENT, ELEMENT) + 8);
}

function* entriesOf(page: Buffer): Generator<Entry> {
  const count = page.readUInt16LE(10);
  for (let i = 0; i < count; i++) {
    const at = within(page, PAGE_HEADER + i * ELEMENT, ELEMENT);
    const [kind, position, keySize, valueSize] = [0, 4, 8, 12].map((field) => page.readUInt32LE(at + field));
    const begin = within(page, at + (position ?? 0), (keySize ?? 0) + (valueSize ?? 0));
    const middle = begin + (keySize ?? 0);
    yield {
      key: page.subarray(begin, middle),
      value: page.subarray(middle, middle + (valueSize ?? 0)),
      isBucket: ((kind ?? 0) & BUCKET_FLAG) !== 0,
    };
  }
}

/** The position itself, when `length` bytes lie behind it. */
function within(page: Buffer, position: number, length: number): number {
  if (position + length > page.length) throw corrupted('an entry lies outside of its page');
  return position;
}

async function readAt(file: FileHandle, offset: number, length: number, size: number): Promise<Buffer> {
  if (offset + length > size) throw corrupted('a page lies behind its end');
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  if (bytesRead < length) throw corrupted('it is shorter than it says');
  return buffer;
}

function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
