import { StringDecoder } from 'node:string_decoder';
import { errorFromStatus, unreachable } from './kube-error.js';
import type { KubeObject, WatchEvent, WatchEventType } from './types.js';

/** Splits a stream of bytes at newlines; a last line without one is dropped: it was cut off. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  // Parts of the line under way; joined once, or a large object arriving in small chunks would cost its square.
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const pieces = decoder.write(chunk).split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      parts.push(piece);
      yield parts.join('');
      parts = [];
    }
    if (rest) parts.push(rest);
  }
}

const TYPES = new Set<string>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] satisfies WatchEventType[]);

/** The events of a watch's lines. Throws the KubeError of an ERROR event, and Unreachable on a broken line. */
export async function* watchEvents<T extends KubeObject>(
  label: string,
  lines: AsyncIterable<string>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const event = parse(label, line);
    if (event.type === 'ERROR') throw errorFromStatus(event.object, { label, statusCode: 500 });
    if (TYPES.has(event.type)) yield event as WatchEvent<T>;
  }
}

function parse(label: string, line: string): { type: string; object: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
      return { type: String(event.type), object: event.object };
    }
  } catch (error) {
    throw unreachable(label, 'the watch sent a line that is not JSON', error);
  }
  throw unreachable(label, 'the watch sent a line that is no event');
}
