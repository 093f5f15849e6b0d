/** What a store says when it fails, in the same words whatever kind of store it is. */
import { BerthError, messageOf } from '../../core/errors.js';

export function missing(key: string, store: string): BerthError {
  return new BerthError('SnapshotMissing', `${key} is not in ${store}.`, {
    status: 409,
    next: 'Restore another backup; delete this one.',
  });
}

export function unavailable(store: string, cause: unknown): BerthError {
  return new BerthError('BackupStoreUnavailable', `The backup store ${store} fails: ${messageOf(cause)}.`, {
    status: 503,
    transient: true,
    next: 'See whether it is up, and whether BERTH_BACKUP_STORE and the credentials are right.',
    cause,
  });
}

export function full(store: string, cause: unknown): BerthError {
  return new BerthError('BackupStoreFull', `The backup store ${store} is full.`, {
    status: 507,
    next: 'Make room in it, or let backups expire sooner.',
    cause,
  });
}

/** Puts what is thrown on the way to an object into the words above. */
export class Guard {
  /** @param translate tells what an error means for an object */
  constructor(private readonly translate: (key: string, error: unknown) => unknown) {}

  /** Does `work`, which is about an object. */
  async call<R>(key: string, work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(key, error);
    }
  }

  /** Hands on what comes piece by piece. */
  async *stream<T>(key: string, pieces: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* pieces;
    } catch (error) {
      throw this.translate(key, error);
    }
  }
}
