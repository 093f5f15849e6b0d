import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../core/clock.js';
import { BerthError } from '../core/errors.js';

/** Key algorithms by the names kubeadm's `encryptionAlgorithm` has for them. */
export type KeyAlgorithm = 'ECDSA-P256' | 'RSA-2048' | 'RSA-3072' | 'RSA-4096';

/** All that issuing takes from the outside: time and chance. Tests hand in a fixed clock, serials and keys. */
export interface PkiSource {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A private key; its public half is derived from it. */
  generateKey(algorithm: KeyAlgorithm): Promise<KeyObject>;
  /** A positive serial number in hexadecimal, at most 20 octets (RFC 5280 §4.1.2.2). */
  serialNumber(): string;
}

const generate = promisify(generateKeyPair);

/** The real thing: keys are made on the thread pool, so the event loop goes on. */
export function systemSource(clock: Pick<Clock, 'now'>): PkiSource {
  return {
    now: () => clock.now(),
    generateKey: async (algorithm) => (await generateKeys(algorithm)).privateKey,
    serialNumber: () => `01${randomBytes(15).toString('hex')}`,
  };
}

function generateKeys(algorithm: KeyAlgorithm) {
  if (algorithm === 'ECDSA-P256') return generate('ec', { namedCurve: 'P-256' });
  return generate('rsa', { modulusLength: Number(algorithm.slice('RSA-'.length)) });
}

/** PKCS#8, which every Kubernetes component and etcd reads for either kind of key. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function publicKeyPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

/** SubjectPublicKeyInfo of the public half. */
export function publicKeyDer(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

/**
 * Reads a private key in PKCS#8, PKCS#1 or SEC 1 form.
 * @throws BerthError `PrivateKeyUnreadable`, which never quotes the key.
 */
export function parsePrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new BerthError('PrivateKeyUnreadable', 'the private key is not readable PEM', {
      next: 'Put an unencrypted private key in PEM form there.',
    });
  }
}

const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/**
 * The key as WebCrypto wants it for signing with SHA-256.
 * @throws BerthError `KeyAlgorithmUnsupported` for other than RSA and ECDSA on a NIST curve.
 */
export function signingKey(key: KeyObject): webcrypto.CryptoKey {
  if (key.asymmetricKeyType === 'rsa') {
    return key.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
  }
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (namedCurve === undefined) {
    throw new BerthError(
      'KeyAlgorithmUnsupported',
      `keys of type ${key.asymmetricKeyType} cannot sign certificates here`,
      {
        next: 'Use an RSA key, or an ECDSA key on P-256, P-384 or P-521.',
      },
    );
  }
  return key.toCryptoKey({ name: 'ECDSA', namedCurve }, false, ['sign']);
}
