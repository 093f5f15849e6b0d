/** The REST API as the command line calls it. */
import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';
import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeObject } from '../../kube/types.js';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Query;
  /** A Blob is sent as it is, all else as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

export interface ObjectList<T> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

/** One event of a watch. BOOKMARK: all that was there has been sent. RESET: it follows anew. */
export type WatchEvent<T> =
  { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T } | { type: 'BOOKMARK' | 'RESET' };

const problem = z.object({
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  next: z.string().optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string(), code: z.string().optional() }))
    .optional(),
});

const CALL_MS = 30_000;
const RECONNECT_MS = 500;

export class ApiClient {
  constructor(
    readonly server: string,
    private readonly token: string,
  ) {}

  /** The parsed answer. Throws a BerthError with the code of the problem, or ServiceUnreachable. */
  async call<T>(path: string, call: Call = {}): Promise<T> {
    // A file takes the time it takes; fetch gives up when for five minutes nothing goes out or comes back.
    const timeout = call.body instanceof Blob ? undefined : AbortSignal.timeout(CALL_MS);
    const signal = AbortSignal.any([call.signal, timeout].filter((one) => one !== undefined));
    const response = await this.#fetch(path, { ...call, signal });
    return (await response.json().catch((error: unknown) => this.#broken(error, signal))) as T;
  }

  /** An answer that is plain text, asked for with a token of its own. Throws as `call` does. */
  async text(path: string, token: string): Promise<string> {
    const signal = AbortSignal.timeout(CALL_MS);
    const response = await this.#fetch(path, { signal }, { authorization: `Bearer ${token}` });
    return response.text().catch((error: unknown) => this.#broken(error, signal));
  }

  /** The lines of an answer of text, as they come. Throws as `call` does. */
  async *lines(path: string, { query, signal }: Pick<Call, 'query' | 'signal'>): AsyncGenerator<string> {
    const response = await this.#fetch(path, { query, signal });
    try {
      yield* wholeLines(response);
    } catch (error) {
      this.#broken(error, signal);
    }
  }

  /**
   * The lines of a text that has no end, for as long as the caller listens. A connection that breaks is made again, with
   * what `query` says then. Throws as `call` does.
   */
  async *followLines(path: string, query: () => Query, signal?: AbortSignal): AsyncGenerator<string> {
    const open = () => this.#fetch(path, { query: query(), signal });
    let response = await open();
    for (;;) {
      yield* untilBroken(wholeLines(response), signal);
      response = await this.#again(open, signal);
    }
  }

  /** A file, as it comes. Throws as `call` does. */
  async *download(
    path: string,
    { query, signal }: Pick<Call, 'query' | 'signal'>,
  ): AsyncGenerator<Uint8Array> {
    const response = await this.#fetch(path, { query, signal });
    for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
  }

  /** All objects of a list, page by page. */
  async list<T extends KubeObject>(path: string, query: Query = {}): Promise<ObjectList<T>> {
    let page = await this.call<ObjectList<T>>(path, { query });
    const { items } = page;
    while (page.metadata.continue !== undefined) {
      page = await this.call<ObjectList<T>>(path, { query: { ...query, continue: page.metadata.continue } });
      items.push(...page.items);
    }
    return { ...page, items };
  }

  /**
   * The events of a watch for as long as the caller listens. A connection that breaks is made again and goes on
   * after the last event.
   */
  async *watch<T>(
    path: string,
    { query, signal }: Pick<Call, 'query' | 'signal'>,
  ): AsyncGenerator<WatchEvent<T>> {
    let lastEventId: string | undefined;
    let response = await this.#openWatch(path, query, signal);
    for (;;) {
      for await (const { id, data } of events(response, signal)) {
        lastEventId = id ?? lastEventId;
        yield JSON.parse(data) as WatchEvent<T>;
      }
      response = await this.#again(() => this.#openWatch(path, query, signal, lastEventId), signal);
    }
  }

  async #openWatch(path: string, query: Query | undefined, signal?: AbortSignal, lastEventId?: string) {
    const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
    return this.#fetch(path, { query: { ...query, watch: true }, signal }, headers);
  }

  /** Tries until the service is back, or the caller gives up. */
  async #again(open: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
    for (;;) {
      await delay(RECONNECT_MS, undefined, { signal });
      try {
        return await open();
      } catch (error) {
        if (!(error instanceof BerthError && error.transient)) throw error;
      }
    }
  }

  async #fetch(path: string, call: Call, headers: Record<string, string> = {}): Promise<Response> {
    const { method = 'GET', query = {}, body, signal } = call;
    const url = new URL(path, this.server);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...typeOf(body),
          ...headers,
        },
        body: body instanceof Blob ? body : JSON.stringify(body),
        signal,
      });
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw this.#unreachable(cause);
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  /** Throws ServiceUnreachable when the service ended in the middle of an answer, else what was thrown. */
  #broken(error: unknown, signal?: AbortSignal): never {
    signal?.throwIfAborted();
    throw types.isNativeError(error) && error.name === 'TypeError' ? this.#unreachable(error) : error;
  }

  #unreachable(cause: unknown): BerthError {
    const why =
      cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    return new BerthError(
      'ServiceUnreachable',
      `The Berth service at ${this.server} does not answer: ${why}.`,
      {
        next: 'See whether it runs: berth status.',
        transient: true,
        cause,
      },
    );
  }
}

/** Content-Type of a body. */
function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': body instanceof Blob ? 'application/octet-stream' : 'application/json' };
}

interface ServerSentEvent {
  id?: string;
  data: string;
}

/** The events of an answer, until it ends or breaks off: the caller comes back in both cases. */
async function* events(response: Response, signal?: AbortSignal): AsyncGenerator<ServerSentEvent> {
  const pending: ServerSentEvent[] = [];
  const parser = createParser({ onEvent: ({ id, data }) => void pending.push({ id, data }) });
  for await (const text of untilBroken(textOf(response), signal)) {
    parser.feed(text);
    yield* pending.splice(0);
  }
}

/** The lines of an answer; what comes after the last line break is none. */
async function* wholeLines(response: Response): AsyncGenerator<string> {
  let rest = '';
  for await (const text of textOf(response)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function* textOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    yield decoder.decode(chunk as Uint8Array, { stream: true });
  }
}

/** What comes until the connection is at its end, in whichever way. Throws the signal's reason. */
async function* untilBroken<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(types.isNativeError(error) && error.name === 'TypeError')) throw error;
  }
}

async function errorOf(response: Response): Promise<BerthError> {
  const body: unknown = await response.json().catch(() => undefined);
  const { data } = problem.safeParse(body);
  if (!data) {
    return new BerthError(
      'UnexpectedAnswer',
      `${response.url} answered ${response.status} in words of its own.`,
      {
        status: response.status,
        next: 'Check --server: it may not be a Berth service.',
      },
    );
  }
  const { code, detail, status, next, errors } = data;
  return new BerthError(code, detail, { status, next, fields: errors, transient: status >= 500 });
}
