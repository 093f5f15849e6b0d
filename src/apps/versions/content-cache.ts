/** Most bytes of JSON that are kept. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Versions that were read lately: they never change, so they are never stale. */
export class ContentCache<T> {
  readonly #entries = new Map<string, { value: T; size: number }>();
  #size = 0;

  constructor(private readonly limit = MAX_BYTES) {}

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // The end of a Map is what was used last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, size: number): void {
    if (size > this.limit || this.#entries.has(key)) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= this.limit) return;
      this.#entries.delete(oldest);
      this.#size -= entry.size;
    }
  }
}
