/**
 * What `work` gives, or the signal's reason as soon as it is aborted. For work that does not listen, such as a call to a
 * file system that hangs: it goes on by itself, and nobody waits for it.
 */
export async function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
