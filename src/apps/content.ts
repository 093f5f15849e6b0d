/** How the content of a version lies in its object: in plain sight while it is small, else packed; never too large. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { digestOf } from '../core/digest.js';
import { BerthError } from '../core/errors.js';

/** Content up to this many bytes of JSON stays readable with kubectl. */
const PLAIN_BYTES = 128 * 1024;
/** etcd takes requests up to 1.5 MiB; the rest of the object has to fit beside it. */
export const PACKED_BYTES = 1_300_000;
/** What a packed content may unpack to. */
const UNPACKED_BYTES = 32 * 1024 * 1024;

export interface Stored<T> {
  content?: T;
  packed?: string;
  digest: string;
}

/** @throws BerthError `ContentTooLarge` (422) */
export function pack<T>(content: T): Stored<T> {
  const digest = digestOf(content);
  if (Buffer.byteLength(JSON.stringify(content)) <= PLAIN_BYTES) return { content, digest };
  return { packed: deflate(content), digest };
}

/** Base64 of the gzip of the JSON. @throws BerthError `ContentTooLarge` (422) */
export function deflate(content: unknown): string {
  const json = JSON.stringify(content);
  const size = Buffer.byteLength(json);
  if (size > UNPACKED_BYTES) throw tooLarge(size, UNPACKED_BYTES);
  const packed = gzipSync(json).toString('base64');
  if (packed.length > PACKED_BYTES) throw tooLarge(packed.length, PACKED_BYTES);
  return packed;
}

/** @throws BerthError `ContentDamaged` when it is not what was saved */
export function unpack<T>({ content, packed, digest }: Stored<T>): T {
  const found = content ?? (packed === undefined ? undefined : inflate(packed));
  if (found !== undefined && digestOf(found) === digest) return found as T;
  throw new BerthError('ContentDamaged', 'The content of a version is not what was saved.', {
    next: 'Restore the object from a backup, or roll back to another version.',
  });
}

/** The reverse of `deflate`; undefined for anything else. */
export function inflate(packed: string): unknown {
  try {
    const json = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: UNPACKED_BYTES });
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}

/** A content that does not fit into its object. */
export function tooLarge(size: number, limit: number): BerthError {
  return new BerthError('ContentTooLarge', `The content has ${size} bytes packed; ${limit} are the most.`, {
    status: 422,
    next: 'Divide it: several configs, or several templates. Large binary files belong into an image or a volume.',
  });
}
