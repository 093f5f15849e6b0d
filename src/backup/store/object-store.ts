import { fileURLToPath } from 'node:url';
import { BerthError } from '../../core/errors.js';

/** Names of objects: path segments of these characters, joined by slashes. */
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]*(\/[a-zA-Z0-9][a-zA-Z0-9._-]*)*$/;

export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
}

/** Where snapshots are kept. Every method throws BerthError `BackupStoreUnavailable` or `BackupStoreFull`. */
export interface ObjectStore {
  /** For people: where it is, without credentials. */
  readonly name: string;
  /** Writes an object whole or not at all, in place of one of the same key. */
  put(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** @throws BerthError `SnapshotMissing` when there is no such object. */
  get(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Does nothing when there is no such object. */
  delete(key: string, signal: AbortSignal): Promise<void>;
  /** The objects below a prefix, in no order. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject>;
}

/**
 * The store of an address: `file:///var/backups/berth`, or `s3://bucket/prefix?endpoint=https://…&region=…`. S3
 * credentials come from where the AWS SDK looks for them: environment, files, web identity.
 * @throws BerthError `InvalidConfiguration`
 */
export async function openStore(address: string): Promise<ObjectStore> {
  const url = URL.parse(address);
  if (url?.protocol === 'file:') {
    const { DirectoryStore } = await import('./directory-store.js');
    return new DirectoryStore(fileURLToPath(url));
  }
  if (url?.protocol === 's3:' && url.hostname !== '') {
    // The SDK takes a while to load: only who uses it pays.
    const { S3Store } = await import('./s3-store.js');
    return S3Store.open(url);
  }
  throw new BerthError('InvalidConfiguration', 'BERTH_BACKUP_STORE is neither a file: nor an s3: address.', {
    next: 'Write file:///directory or s3://bucket/prefix?endpoint=https://host&region=name.',
  });
}

/** Keys come from names of clusters and backups; anything else is a slip that must not reach a file system. */
export function checkKey(key: string): string {
  if (KEY.test(key)) return key;
  throw new BerthError('InvalidObjectKey', `"${key}" cannot be the name of an object.`);
}
