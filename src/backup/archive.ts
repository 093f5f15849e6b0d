import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { BerthError } from '../core/errors.js';
import { corrupted, decrypt, encrypt } from './encryption.js';
import { KeyRing } from './key-ring.js';
import { scratchFile } from './scratch-file.js';
import { inspectSnapshot, type SnapshotFacts } from './snapshot-file.js';
import { type ObjectStore, openStore } from './store/object-store.js';

export interface ArchiveSettings {
  /** `file:` or `s3:` address; see openStore. */
  store?: string;
  keyFile?: string;
  /** Where snapshots are while they are checked. */
  scratchDir: string;
}

/** What a person or machine did with a snapshot so far; told to whoever waits. */
export type Stage = 'TakeSnapshot' | 'InspectSnapshot' | 'StoreSnapshot' | 'VerifyStored';

/** A snapshot on this machine's disk, proved whole. */
export interface LocalSnapshot extends AsyncDisposable {
  path: string;
  facts: SnapshotFacts;
}

/** Snapshots in the store: compressed, encrypted, and checked on their way in and out. */
export class SnapshotArchive {
  private constructor(
    private readonly store: ObjectStore,
    private readonly keys: KeyRing,
    private readonly scratchDir: string,
  ) {}

  /**
   * The keys are read anew each time, so that a new one needs no restart.
   * @throws BerthError `BackupNotConfigured`, `BackupKeyInvalid`, `InvalidConfiguration`
   */
  static async open({ store, keyFile, scratchDir }: ArchiveSettings): Promise<SnapshotArchive> {
    if (store === undefined || keyFile === undefined) throw notConfigured();
    return new SnapshotArchive(await openStore(store), await KeyRing.load(keyFile), scratchDir);
  }

  get storeName(): string {
    return this.store.name;
  }

  /** Id of the key that new snapshots are encrypted with. */
  get keyID(): string {
    return this.keys.current.id;
  }

  /**
   * Takes a snapshot in, proves it, stores it and reads it back. It goes to the disk first: a slow store must not
   * hold up etcd, which keeps every page of a snapshot for as long as it is being sent.
   * @throws BerthError `SnapshotCorrupted`, what the store throws, what the source throws
   */
  async save(
    source: AsyncIterable<Uint8Array>,
    location: string,
    signal: AbortSignal,
    entered: (stage: Stage) => Promise<void> = () => Promise.resolve(),
  ): Promise<SnapshotFacts> {
    await using scratch = await scratchFile(this.scratchDir);
    await entered('TakeSnapshot');
    await pipeline(Readable.from(source, { objectMode: false }), createWriteStream(scratch.path), { signal });
    await entered('InspectSnapshot');
    const facts = await inspectSnapshot(scratch.path, signal);
    await entered('StoreSnapshot');
    await this.#put(scratch.path, location, signal);
    await entered('VerifyStored');
    await using stored = await this.load(location, signal);
    if (stored.facts.digest !== facts.digest) throw corrupted('the store gave back something else');
    return facts;
  }

  /**
   * Fetches a snapshot and proves it whole. The file is gone when the result is disposed of.
   * @throws BerthError `SnapshotMissing`, `SnapshotCorrupted`, `BackupKeyUnknown`, `BackupStoreUnavailable`
   */
  async load(location: string, signal: AbortSignal): Promise<LocalSnapshot> {
    const scratch = await scratchFile(this.scratchDir);
    try {
      const stored = await this.store.get(location, signal);
      const clear = Readable.from(decrypt(stored, this.keys, location), { objectMode: false });
      await pipeline(clear, createZstdDecompress(), createWriteStream(scratch.path), { signal });
      const facts = await inspectSnapshot(scratch.path, signal);
      return { ...scratch, facts };
    } catch (error) {
      await scratch[Symbol.asyncDispose]();
      throw isZlibError(error) ? corrupted('it does not unpack') : error;
    }
  }

  async delete(location: string, signal: AbortSignal): Promise<void> {
    await this.store.delete(location, signal);
  }

  async #put(path: string, location: string, signal: AbortSignal): Promise<void> {
    const packed = createZstdCompress();
    // Ends with either: a store that gives up closes the file, a file that cannot be read fails the store.
    const reading = pipeline(createReadStream(path), packed).catch(() => undefined);
    try {
      await this.store.put(location, encrypt(packed, this.keys.current, location), signal);
    } finally {
      packed.destroy();
      await reading;
    }
  }
}

/** What is in a database that is streamed, which is kept nowhere. Throws what inspectSnapshot and the source throw. */
export async function measure(
  source: AsyncIterable<Uint8Array>,
  scratchDir: string,
  signal: AbortSignal,
): Promise<SnapshotFacts> {
  await using scratch = await scratchFile(scratchDir);
  await pipeline(Readable.from(source, { objectMode: false }), createWriteStream(scratch.path), { signal });
  return await inspectSnapshot(scratch.path, signal);
}

/** Where the snapshot of a backup lies: names for people, and the cluster's uid, which no other cluster has. */
export function locationOf({
  cluster,
  uid,
  backup,
}: {
  cluster: string;
  uid: string;
  backup: string;
}): string {
  return `${cluster}/${uid}/${backup}.db.zst.enc`;
}

export function isZlibError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('ZSTD_');
}

function notConfigured(): BerthError {
  return new BerthError('BackupNotConfigured', 'This installation has no place for backups.', {
    status: 409,
    next: 'Set BERTH_BACKUP_STORE and BERTH_BACKUP_KEY_FILE of the service.',
  });
}
