import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { toBytes } from '../bytes.js';

const ADLER_MODULUS = 65_521;

/** The digest of a text: hexadecimal, Adler-32 decimal. */
export function createHash(algorithm: 'sha1' | 'sha256' | 'sha512' | 'adler32', text: string): string {
  const bytes = toBytes(text);
  if (algorithm === 'adler32') return String(adler32(bytes));
  const digest = { sha1, sha256, sha512 }[algorithm];
  return bytesToHex(digest(bytes));
}

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % ADLER_MODULUS;
    high = (high + low) % ADLER_MODULUS;
  }
  return high * 65_536 + low;
}
