import { randomBytes } from 'node:crypto';
import type { Environment } from '../environment.js';
import { nodeCrypto } from './node-crypto.js';

/** Real chance, real time and Node's cryptography: what `helm template` uses. Two renders may differ. */
export function nodeEnvironment(): Environment {
  return {
    random: (length) => new Uint8Array(randomBytes(length)),
    now: () => BigInt(Date.now()) * 1_000_000n,
    crypto: nodeCrypto,
  };
}
