/**
 * The same function, asked once for each object: what it answered is remembered for as long as the object lives. For
 * pure functions of objects that nobody changes, such as those of a cache. What it throws is not remembered.
 */
export function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const answers = new WeakMap<K, { value: V }>();
  return (key) => {
    const known = answers.get(key);
    if (known) return known.value;
    const value = compute(key);
    answers.set(key, { value });
    return value;
  };
}
