/** Kinds of private keys templates can ask for: `genPrivateKey` and the certificate functions. */
export type KeyKind = 'rsa-2048' | 'rsa-4096' | 'ecdsa-p256' | 'ed25519' | 'dsa-2048';

/** Signature algorithms of certificates. */
export type SignatureAlgorithm = 'rsa-sha256' | 'ecdsa-sha256' | 'ecdsa-sha384' | 'ecdsa-sha512' | 'ed25519';

/**
 * What needs asymmetric cryptography of the platform: Node's lies in engine/node/, a browser may bring its own.
 * Hashes, bcrypt, scrypt and AES need none. Methods answer at once, since template functions do.
 */
export interface CryptoProvider {
  /** A new private key as PEM, as Go writes it: PKCS#1 for RSA, SEC 1 for ECDSA, PKCS#8 for Ed25519. */
  generateKey(kind: KeyKind): string;
  /** The SubjectPublicKeyInfo (DER) of a private key in PEM. Throws an Error when there is no key in it. */
  publicKey(privateKey: string): Uint8Array;
  /** Signs data with a private key in PEM, with the algorithm that fits the key. */
  sign(privateKey: string, data: Uint8Array): { algorithm: SignatureAlgorithm; signature: Uint8Array };
  /** A faster scrypt than the engine's own (`derivePassword`): cost N = 32768, r = 8, p = 2. */
  scrypt?(password: Uint8Array, salt: Uint8Array, length: number): Uint8Array;
}
