/** Several streams as one, without more in memory than a line of each. */

interface Waiting<T> {
  value: T;
  taken: () => void;
}

/** What of many sources comes first. Sources may be added while it is read; it ends when all of them have. */
export class Merged<T> {
  readonly #waiting: Waiting<T>[] = [];
  #wake: () => void = () => undefined;
  #open = 0;
  #failure: { error: unknown } | undefined;

  /** A source that fails ends the whole. */
  add(source: AsyncIterable<T>): void {
    this.#open += 1;
    void this.#pump(source);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        yield next.value;
        next.taken();
        continue;
      }
      if (this.#failure) throw this.#failure.error;
      if (this.#open === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  async #pump(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const value of source) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#waiting.push({ value, taken: resolve });
        this.#wake();
        await promise;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#open -= 1;
    this.#wake();
  }
}

/** Streams that are each in order, as one that is: the smallest of their first values, again and again. */
export async function* inOrder<T>(
  sources: readonly AsyncGenerator<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const first = async (source: AsyncGenerator<T>) => {
    const { value, done } = await source.next();
    return done ? [] : [{ source, value }];
  };
  let heads = (await Promise.all(sources.map(first))).flat();
  while (heads.length > 0) {
    const least = heads.reduce((a, b) => (compare(b.value, a.value) < 0 ? b : a));
    yield least.value;
    const next = await first(least.source);
    heads = heads.flatMap((head) => (head === least ? next : [head]));
  }
}
