/** Sealing and opening the secrets of one config: each version carries its data key, wrapped. */
import { randomBytes } from 'node:crypto';
import type { WrappedKey } from '../../model/config.js';
import { decrypt, encrypt, type KeyRing } from './key-ring.js';

const DATA_KEY_BYTES = 32;

/** Opens and seals by key name. A sealed text opens for its own config and key alone. */
export class SecretBox {
  private constructor(
    readonly wrapped: WrappedKey,
    private readonly key: Buffer,
    private readonly owner: string,
  ) {}

  /**
   * The box of a version's data key; a new one when there is none yet. Sealed texts are carried from version to
   * version as they are, so equal ones are equal secrets.
   * @param owner namespace and name of the config
   */
  static async open(ring: KeyRing, owner: string, wrapped?: WrappedKey): Promise<SecretBox> {
    if (wrapped) return new SecretBox(wrapped, await ring.unwrap(wrapped), owner);
    const key = randomBytes(DATA_KEY_BYTES);
    return new SecretBox(await ring.wrap(key), key, owner);
  }

  seal(name: string, plain: Uint8Array): string {
    return encrypt(this.key, plain, `${this.owner} ${name}`);
  }

  unseal(name: string, sealed: string): Buffer {
    return decrypt(this.key, sealed, `${this.owner} ${name}`);
  }
}
