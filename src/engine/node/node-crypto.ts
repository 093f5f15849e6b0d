import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  scryptSync,
  sign,
} from 'node:crypto';
import type { CryptoProvider, KeyKind, SignatureAlgorithm } from '../crypto-provider.js';
import { type Element, bigInteger, readElements, sequence, toBigInt } from '../crypto/der.js';
import { encodePem } from '../crypto/pem.js';

/** Keys and signatures from Node's OpenSSL. */
export const nodeCrypto: CryptoProvider = {
  generateKey: (kind) => GENERATORS[kind](),
  publicKey: (privateKey) => {
    const key = createPublicKey(createPrivateKey(privateKey));
    return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
  },
  sign: (privateKey, data) => {
    const key = createPrivateKey(privateKey);
    const algorithm = algorithmOf(key);
    return { algorithm, signature: new Uint8Array(sign(DIGESTS[algorithm], data, key)) };
  },
  scrypt: (password, salt, length) =>
    new Uint8Array(scryptSync(password, salt, length, { N: 32_768, r: 8, p: 2, maxmem: SCRYPT_MEMORY })),
};

const SCRYPT_MEMORY = 128 * 1024 * 1024;

const DIGESTS: Record<SignatureAlgorithm, string | null> = {
  'rsa-sha256': 'sha256',
  'ecdsa-sha256': 'sha256',
  'ecdsa-sha384': 'sha384',
  'ecdsa-sha512': 'sha512',
  ed25519: null,
};

function algorithmOf(key: KeyObject): SignatureAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return 'rsa-sha256';
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType !== 'ec') throw new Error('x509: only RSA, ECDSA and Ed25519 keys supported');
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'secp384r1') return 'ecdsa-sha384';
  return curve === 'secp521r1' ? 'ecdsa-sha512' : 'ecdsa-sha256';
}

const GENERATORS: Record<KeyKind, () => string> = {
  'rsa-2048': () => generateRsa(2048),
  'rsa-4096': () => generateRsa(4096),
  'ecdsa-p256': () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'sec1', format: 'pem' })
      .toString(),
  ed25519: () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'dsa-2048': generateDsa,
};

function generateRsa(modulusLength: number): string {
  return generateKeyPairSync('rsa', { modulusLength })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

/** OpenSSL's old form of DSA keys, which Go's Sprig writes: version, p, q, g, public and private number. */
function generateDsa(): string {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
  const [body] = readElements(new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' })));
  const [, algorithm, secret] = inside(body);
  const [, parameters] = inside(algorithm);
  const [p = 0n, q = 0n, g = 0n] = inside(parameters).map(({ content }) => toBigInt(content));
  const [x = 0n] = readElements(secret?.content ?? NOTHING).map(({ content }) => toBigInt(content));
  const numbers = [0n, p, q, g, power(g, x, p), x].map(bigInteger);
  return encodePem({ type: 'DSA PRIVATE KEY', bytes: sequence(...numbers) });
}

const NOTHING = new Uint8Array(0);

function inside(element: Element | undefined): Element[] {
  return readElements(element?.content ?? NOTHING);
}

/** base^exponent mod modulus. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
