import { createParser } from 'eventsource-parser';
import { TOKEN, type TestApi } from './berth-api.js';

export interface Received<T> {
  id?: string;
  type: string;
  object?: T;
}

/** A client of a watch that remembers what came: `await using watch = await EventSource.open(api, path)`. */
export class EventSource<T> {
  readonly events: Received<T>[] = [];
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();

  private constructor(response: Response) {
    this.ended = this.#read(response);
  }

  static async open<T>(api: TestApi, path: string, lastEventId?: string): Promise<EventSource<T>> {
    const response = await fetch(new URL(path, api.url), {
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return new EventSource<T>(response);
  }

  /** Waits until an event is there that `matches`. */
  async until(matches: (event: Received<T>) => boolean, what = 'an event'): Promise<Received<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Received<T>>();
    const look = () => {
      const found = this.events.find(matches);
      if (found) resolve(found);
    };
    const timer = setTimeout(
      () => reject(new Error(`${what} did not come: ${JSON.stringify(this.events)}`)),
      10_000,
    );
    this.#listeners.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(look);
    });
  }

  close(): void {
    this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read(response: Response): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, data }) => {
        this.events.push({
          ...(id !== undefined && { id }),
          ...(JSON.parse(data) as { type: string; object?: T }),
        });
        for (const look of this.#listeners) look();
      },
    });
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    this.#abort.signal.addEventListener('abort', () => void reader?.cancel());
    for (;;) {
      const { done = true, value } = (await reader?.read()) ?? {};
      if (done) return;
      parser.feed(decoder.decode(value as Uint8Array, { stream: true }));
    }
  }
}
