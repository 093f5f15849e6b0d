import { readFile } from 'node:fs/promises';
import { BerthError, messageOf } from '../core/errors.js';

/** Bytes of a key: AES-256. */
const KEY_BYTES = 32;

/** A key with the name under which snapshots say that they were encrypted with it. */
export interface BackupKey {
  id: string;
  secret: Buffer;
}

/** The keys that snapshots are encrypted with. They lie apart from the store: whoever has one has nothing. */
export class KeyRing {
  readonly #keys: readonly BackupKey[];

  /** @param keys at least one; the first encrypts, the others only decrypt. */
  constructor(keys: readonly BackupKey[]) {
    this.#keys = keys;
  }

  /**
   * Reads a file of `id:base64` lines, 32 bytes each; `#` begins a comment. A new key is put first, old ones stay
   * for as long as snapshots need them.
   * @throws BerthError `BackupKeyInvalid`
   */
  static async load(file: string): Promise<KeyRing> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      throw invalid(`${file} cannot be read: ${messageOf(cause)}`);
    }
    return KeyRing.parse(text);
  }

  static parse(text: string): KeyRing {
    const lines = text.split('\n').map((line) => line.trim());
    const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseKey);
    if (keys.length === 0) throw invalid('it holds no key');
    return new KeyRing(keys);
  }

  get current(): BackupKey {
    const [first] = this.#keys;
    if (!first) throw invalid('it holds no key');
    return first;
  }

  /** @throws BerthError `BackupKeyUnknown` */
  find(id: string): BackupKey {
    const found = this.#keys.find((key) => key.id === id);
    if (found) return found;
    throw new BerthError(
      'BackupKeyUnknown',
      `The snapshot is encrypted with key "${id}", which is not here.`,
      {
        status: 409,
        next: 'Add that key to the file of BERTH_BACKUP_KEY_FILE.',
      },
    );
  }
}

function parseKey(line: string, index: number): BackupKey {
  const [, id, encoded = ''] = /^([a-zA-Z0-9-]{1,32}):([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
  const secret = Buffer.from(encoded, 'base64');
  if (id !== undefined && secret.length === KEY_BYTES) return { id, secret };
  throw invalid(`key ${index + 1} is not "id:" and ${KEY_BYTES} bytes in base64`);
}

function invalid(why: string): BerthError {
  return new BerthError('BackupKeyInvalid', `The file of backup keys cannot be used: ${why}.`, {
    next: 'Write one line: echo "key-1:$(head -c 32 /dev/urandom | base64)".',
  });
}
