/** The keys that data keys are wrapped with: the door behind which a KMS may stand. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { BerthError } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { KubeObject } from '../../kube/types.js';
import type { WrappedKey } from '../../model/config.js';

export interface KeyRing {
  /** Wraps a data key with the newest key. */
  wrap(dataKey: Buffer): Promise<WrappedKey>;
  /** @throws BerthError `ConfigKeyMissing` (409) */
  unwrap(wrapped: WrappedKey): Promise<Buffer>;
}

/**
 * Keys in a Secret of Berth's own namespace: not where configs are, so that whoever may read those, or a backup of
 * them, reads no secrets. Field `primary` names the key that new data keys are wrapped with; others stay to read what
 * they wrapped.
 */
const SECRET = 'berth-config-keys';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class SecretKeyRing implements KeyRing {
  #keys?: Promise<Keys>;

  constructor(
    private readonly client: Pick<KubeClient, 'createOnce' | 'find'>,
    private readonly namespace: string,
  ) {}

  async wrap(dataKey: Buffer): Promise<WrappedKey> {
    const { primary, byId } = await this.#read();
    return { keyId: primary, wrapped: encrypt(keyIn(byId, primary), dataKey, primary) };
  }

  async unwrap({ keyId, wrapped }: WrappedKey): Promise<Buffer> {
    let { byId } = await this.#read();
    // Made by another process, or rotated, since we looked.
    if (!byId.has(keyId)) ({ byId } = await this.#read(true));
    return decrypt(keyIn(byId, keyId), wrapped, keyId);
  }

  async #read(again = false): Promise<Keys> {
    if (again) this.#keys = undefined;
    this.#keys ??= this.#load();
    try {
      return await this.#keys;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  async #load(): Promise<Keys> {
    const ref = { namespace: this.namespace, name: SECRET };
    const found = await this.client.find(resources.Secret, ref);
    if (found) return keysOf(found);
    const data = { primary: base64(Buffer.from('k1')), k1: base64(randomBytes(KEY_BYTES)) };
    const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: ref, type: 'Opaque', data };
    const made = await this.client.createOnce(secret, { fieldManager: 'berth-api' });
    return made ? keysOf(made) : this.#load();
  }
}

interface Keys {
  primary: string;
  byId: ReadonlyMap<string, Buffer>;
}

function keysOf(secret: KubeObject): Keys {
  const { primary = '', ...keys } = (secret['data'] ?? {}) as Record<string, string>;
  const byId = new Map(Object.entries(keys).map(([id, key]) => [id, Buffer.from(key, 'base64')]));
  return { primary: Buffer.from(primary, 'base64').toString(), byId };
}

function keyIn(byId: ReadonlyMap<string, Buffer>, id: string): Buffer {
  const key = byId.get(id);
  if (key?.length === KEY_BYTES) return key;
  throw new BerthError(
    'ConfigKeyMissing',
    `The key "${id}", which secrets of configs are kept under, is not there.`,
    {
      status: 409,
      next: `Restore Secret ${SECRET} of Berth's namespace from a backup; without it those secrets have to be set anew.`,
    },
  );
}

/**
 * AES-256-GCM: nonce, tag, ciphertext, in base64.
 * @param context is bound to the text: it opens in the same context only
 */
export function encrypt(key: Buffer, plain: Uint8Array, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return base64(Buffer.concat([nonce, cipher.getAuthTag(), text]));
}

/** @throws BerthError `ContentDamaged` when it was made with another key or context, or was changed */
export function decrypt(key: Buffer, sealed: string, context: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new BerthError(
      'ContentDamaged',
      'A secret cannot be opened: it was changed, or moved from elsewhere.',
      {
        next: 'Set it again.',
        cause,
      },
    );
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
