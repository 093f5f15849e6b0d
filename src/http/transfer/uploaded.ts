import { BerthError } from '../../core/errors.js';

/** etcd suggests that no database is larger; what is sent is compressed. */
const MAX_BYTES = 8 * 1024 ** 3;

/** A file as it arrives. Throws ExportTooLarge (413), and the signal's reason. */
export async function* uploaded(
  file: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  limit = MAX_BYTES,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of file) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    yield chunk;
  }
}

function tooLarge(limit: number): BerthError {
  return new BerthError('ExportTooLarge', `The file has more than ${limit} bytes.`, {
    status: 413,
    next: 'No cluster of Berth has as much data: see that it is the file of an export.',
  });
}
