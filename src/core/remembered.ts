import { LRUCache } from 'lru-cache';

/** Enough for a hundred clusters that are being worked on and ask again and again; little beside what is cached. */
const MAX = 2000;

/**
 * The same function, which remembers what it answered to the questions that were asked last. For pure functions of
 * texts, and of objects that nobody changes, such as those of a cache. What it throws is not remembered.
 */
export function remembered<K extends object | string, V>(compute: (key: K) => V, max = MAX): (key: K) => V {
  const answers = new LRUCache<K, { value: V }>({ max });
  return (key) => {
    const known = answers.get(key);
    if (known) return known.value;
    const value = compute(key);
    answers.set(key, { value });
    return value;
  };
}
