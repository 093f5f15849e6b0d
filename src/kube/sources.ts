import { type Clock, systemClock } from '../core/clock.js';
import { type Random, systemRandom } from '../core/random.js';
import type { CacheChange, CacheReader } from './cache.js';
import type { KubeObject } from './types.js';
import { PRIORITY, type WorkQueue } from './work-queue.js';

/** The keys to reconcile because of an object; of an update both the old and the new one are asked. */
export type KeysOf<T extends KubeObject> = (object: T, key: string) => readonly string[];

/**
 * Puts keys on a queue whenever a cache changes; what was there at the start goes on at low priority. The object's
 * own key unless told. Answers how to stop it.
 */
export function enqueueChanges<T extends KubeObject>(
  cache: CacheReader<T>,
  queue: WorkQueue,
  keysOf: KeysOf<T> = (_object, key) => [key],
): () => void {
  return cache.onChange((change) => {
    const priority = change.type === 'added' && change.initial ? PRIORITY.low : PRIORITY.normal;
    const keys = objectsOf(change).flatMap((object) => keysOf(object, change.key));
    for (const key of new Set(keys)) queue.add(key, { priority });
  });
}

/**
 * Puts every key of a cache on a queue again and again, at low priority, each at a random moment of the period so
 * that the work is spread. Answers how to stop it.
 */
export function resyncEvery<T extends KubeObject>(
  periodMs: number,
  cache: CacheReader<T>,
  queue: WorkQueue,
  keyOfObject: (object: T) => string,
  { clock = systemClock, random = systemRandom }: { clock?: Clock; random?: Random } = {},
): () => void {
  let cancel = () => {};
  const round = () => {
    for (const object of cache.list()) {
      queue.add(keyOfObject(object), { priority: PRIORITY.low, afterMs: periodMs * random() });
    }
    cancel = clock.after(periodMs, round);
  };
  cancel = clock.after(periodMs, round);
  return () => cancel();
}

function objectsOf<T extends KubeObject>(change: CacheChange<T>): T[] {
  switch (change.type) {
    case 'added':
      return [change.object];
    case 'updated':
      return [change.old, change.object];
    case 'deleted':
      return [change.old];
  }
}
