/** Reads a stream in pieces of the sizes one asks for. To be disposed of: who stops in the middle closes the stream. */
export class ByteReader implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffered: Uint8Array[] = [];
  #size = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `size` bytes; fewer only when the stream ends before. */
  async read(size: number): Promise<Buffer> {
    while (this.#size < size && (await this.#fill()));
    const all = Buffer.concat(this.#buffered);
    this.#buffered = [all.subarray(size)];
    this.#size = Math.max(0, all.length - size);
    return all.subarray(0, size);
  }

  /** What has not been read. */
  async *rest(): AsyncGenerator<Uint8Array> {
    yield* this.#buffered.splice(0);
    this.#size = 0;
    while (await this.#fill()) {
      yield* this.#buffered.splice(0);
      this.#size = 0;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#buffered.push(value);
    this.#size += value.length;
    return true;
  }
}
