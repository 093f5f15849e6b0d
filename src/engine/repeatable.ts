import { sha256 } from '@noble/hashes/sha2.js';
import { toBytes } from './bytes.js';
import type { CryptoProvider, KeyKind } from './crypto-provider.js';
import { concatBytes } from './crypto/der.js';
import type { Environment } from './environment.js';

export interface RepeatableOptions {
  /** Same seed, same "random" texts. Whoever knows it knows them: keep it as secret as what is made of it. */
  seed: string;
  /** What `now` says, in nanoseconds since 1970. */
  now: bigint;
  /** Makes the keys that are not yet in `keys`. */
  crypto?: CryptoProvider;
  /** Private keys (PEM) of earlier renders in the order they were asked for; new ones are added at the end. */
  keys?: string[];
  lookup?: Environment['lookup'];
}

/**
 * An environment in which a render gives the same output every time: `randAlphaNum`, `uuidv4`, `genCA`, `now` and
 * their like answer from the seed, the clock given and the keys remembered. Make a new one for each render.
 */
export function repeatableEnvironment(options: RepeatableOptions): Environment {
  const { now, crypto, keys, lookup } = options;
  return {
    random: seededRandom(options.seed),
    now: () => now,
    crypto: crypto && rememberKeys(crypto, keys ?? []),
    lookup,
  };
}

/** A stream of bytes that the seed decides: SHA-256 of the seed and a counter. */
export function seededRandom(seed: string): (length: number) => Uint8Array {
  const seedBytes = toBytes(seed);
  let counter = 0;
  let rest = new Uint8Array(0);
  return (length) => {
    const parts = [rest];
    for (let have = rest.length; have < length; have += 32) {
      parts.push(sha256(concatBytes([seedBytes, toBytes(`\0${counter++}`)])));
    }
    const bytes = concatBytes(parts);
    rest = bytes.slice(length);
    return bytes.subarray(0, length);
  };
}

/** A provider that gives back the keys in `keys` first, one after the other, and notes each new one there. */
export function rememberKeys(provider: CryptoProvider, keys: string[]): CryptoProvider {
  let next = 0;
  return {
    ...provider,
    generateKey: (kind: KeyKind) => {
      const known = keys[next++];
      if (known !== undefined) return known;
      const key = provider.generateKey(kind);
      keys.push(key);
      return key;
    },
  };
}
