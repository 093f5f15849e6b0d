import { describe, expect, it } from '@jest/globals';
import { isGone, isUnreachable } from './kube-error.js';
import { linesOf, watchEvents } from './watch.js';

async function* chunked(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function events(text: string) {
  return collect(watchEvents('GET /watch', linesOf(chunked(text, 7))));
}

describe('linesOf', () => {
  it.each([1, 2, 3, 5, 1_000])(
    'puts lines together from chunks of %d bytes, also inside a character',
    async (size) => {
      expect(await collect(linesOf(chunked('één\n\n集群\ncut off', size)))).toEqual(['één', '', '集群']);
    },
  );
});

describe('watchEvents', () => {
  it('passes on events and skips what it does not know', async () => {
    const lines = [
      '{"type":"ADDED","object":{"kind":"A"}}',
      '',
      '{"type":"FUTURE","object":{}}',
      '{"type":"BOOKMARK","object":{}}',
    ];
    expect(await events(`${lines.join('\n')}\n`)).toEqual([
      { type: 'ADDED', object: { kind: 'A' } },
      { type: 'BOOKMARK', object: {} },
    ]);
  });

  it('throws the error that the server sends in the stream', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    const error: unknown = await events(`${JSON.stringify({ type: 'ERROR', object: status })}\n`).catch(
      (e: unknown) => e,
    );
    expect(isGone(error)).toBe(true);
  });

  it.each(['{"type":"ADDED"', 'null', '"x"'])('takes the line %s for a broken connection', async (line) => {
    const error: unknown = await events(`${line}\n`).catch((e: unknown) => e);
    expect(isUnreachable(error)).toBe(true);
  });
});
