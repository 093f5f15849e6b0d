import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { orAborted } from '../../core/abort.js';
import { BerthError } from '../../core/errors.js';
import { full, Guard, missing, unavailable } from './failures.js';
import { checkKey, type ObjectStore, type StoredObject } from './object-store.js';

const PART = '.part';
/** More than the deletions that meet one put. */
const ATTEMPTS = 100;

/** Objects as files of a directory, such as a mounted share. One that hangs is not waited for once a signal is aborted. */
export class DirectoryStore implements ObjectStore {
  readonly #guard = new Guard((key, error) => this.#failure(key, error));

  constructor(private readonly root: string) {}

  get name(): string {
    return `file://${this.root}`;
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const path = this.#path(key);
    const part = `${path}${PART}`;
    try {
      await this.#guard.call(key, () => orAborted(signal, writeDurably(part, content, signal)));
      await this.#guard.call(key, () => orAborted(signal, rename(part, path)));
    } catch (error) {
      const tidying = rm(part, { force: true }).catch(() => undefined);
      // A share that hangs does not delete either.
      if (!signal.aborted) await tidying;
      throw error;
    }
  }

  async get(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(key);
    await this.#guard.call(key, () => orAborted(signal, stat(path)));
    const stream: AsyncIterable<Uint8Array> = createReadStream(path, { signal, highWaterMark: 1024 * 1024 });
    return this.#guard.stream(key, unlessAborted(stream, signal));
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    const path = this.#path(key);
    await this.#guard.call(key, () => orAborted(signal, rm(path, { force: true })));
    // The folder of a cluster goes with its last snapshot.
    await orAborted(
      signal,
      rmdir(dirname(path)).catch(() => undefined),
    );
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const directory = prefix === '' ? this.root : this.#path(prefix);
    const files = await opendir(directory, { recursive: true }).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw unavailable(this.name, error);
    });
    if (!files) return;
    for await (const entry of files) {
      if (!entry.isFile() || entry.name.endsWith(PART)) continue;
      const path = join(entry.parentPath, entry.name);
      const { size } = await stat(path);
      yield { key: relative(this.root, path).split(sep).join('/'), size };
    }
  }

  #path(key: string): string {
    return join(this.root, checkKey(key));
  }

  #failure(key: string, error: unknown): unknown {
    const code = codeOf(error);
    // What the writer was fed with failed, not the store.
    if (error instanceof BerthError || code === undefined) return error;
    if (code === 'ENOENT') return missing(key, this.name);
    if (code === 'ENOSPC' || code === 'EDQUOT') return full(this.name, error);
    return unavailable(this.name, error);
  }
}

/** A read that is stuck in the kernel ends neither when its stream is destroyed. */
async function* unlessAborted<T>(pieces: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await orAborted(signal, iterator.next());
      if (done) return;
      yield value;
    }
  } finally {
    const closing = iterator.return?.().catch(() => undefined);
    if (!signal.aborted) await closing;
  }
}

/** The bytes are on the disk before the file gets its name: a crash leaves a whole object or none. */
async function writeDurably(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const file = await create(path);
  try {
    for await (const chunk of content) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The folder goes with the last object in it, also between its making and the first file. */
async function create(path: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      return await open(path, 'w', 0o600);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
