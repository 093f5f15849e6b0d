import type { CryptoProvider } from './crypto-provider.js';
import type { Value } from './value.js';

/**
 * Everything a render takes from outside besides chart and values. The same environment answers give the same
 * output: give a seeded `random` and a fixed `now` to render one version of an instance twice.
 */
export interface Environment {
  /** `length` random bytes. */
  random(length: number): Uint8Array;
  /** The present, in nanoseconds since 1970-01-01T00:00:00Z. */
  now(): bigint;
  /** Offset of the local time zone in seconds east of UTC and its abbreviation, at the given instant. */
  localZone?: (nanoseconds: bigint) => { offset: number; name: string };
  /** Keys, certificates and slow hashes. Without it those functions fail with a clear error. */
  crypto?: CryptoProvider;
  /** Helm's `lookup`; without it the answer is an empty map. */
  lookup?: (apiVersion: string, kind: string, namespace: string, name: string) => Value;
}
