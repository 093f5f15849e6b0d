import { createHash, createPublicKey } from 'node:crypto';
import { BerthError } from '../core/errors.js';
import { parsePrivateKey, type PkiSource, privateKeyPem, publicKeyPem } from './keys.js';

/**
 * The pair that signs service-account tokens; data of Secret `sa`. It rotates apart from the authorities, and
 * `sa.pub` may hold older public keys after the current one, so that their tokens stay good.
 */
export interface ServiceAccountKeys {
  'sa.key': string;
  'sa.pub': string;
}

export async function createServiceAccountKeys(source: PkiSource): Promise<ServiceAccountKeys> {
  const key = await source.generateKey('RSA-2048');
  return { 'sa.key': privateKeyPem(key), 'sa.pub': publicKeyPem(key) };
}

/**
 * Proves that tokens signed with `sa.key` are accepted by `sa.pub`.
 * @returns `sha256:` and the digest of the signing key's public half
 * @throws BerthError `PrivateKeyUnreadable`, `KeyMismatch`
 */
export function serviceAccountFingerprint(keys: ServiceAccountKeys): string {
  const signer = publicKeyPem(parsePrivateKey(keys['sa.key']));
  if (!publicKeys(keys['sa.pub']).includes(signer)) {
    throw new BerthError('KeyMismatch', 'sa.pub does not hold the public half of sa.key', {
      next: 'Put both keys of the same pair there.',
    });
  }
  const der = createPublicKey(signer).export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

const publicKeyBlock = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

function publicKeys(pem: string): string[] {
  return (pem.match(publicKeyBlock) ?? []).map(canonicalPublicKey);
}

function canonicalPublicKey(pem: string): string {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return ''; // equals no key
  }
}
