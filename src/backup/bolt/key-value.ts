/** The two fields of etcd's `mvccpb.KeyValue` that matter here, read from protobuf. */
import { corrupted } from '../encryption.js';

const KEY_FIELD = 1;
const VALUE_FIELD = 5;
const wire = { varint: 0, bytes: 2 } as const;

export interface KeyValue {
  key: Buffer;
  value: Buffer;
}

/** Throws SnapshotCorrupted. */
export function readKeyValue(message: Buffer): KeyValue {
  const found: KeyValue = { key: Buffer.alloc(0), value: Buffer.alloc(0) };
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = readVarint(message, tag.end);
    at = number.end;
    if ((tag.value & 7) === wire.varint) continue;
    if ((tag.value & 7) !== wire.bytes || at + number.value > message.length) {
      throw corrupted('an entry is not a key and a value');
    }
    const bytes = message.subarray(at, at + number.value);
    at += number.value;
    if (tag.value >> 3 === KEY_FIELD) found.key = bytes;
    else if (tag.value >> 3 === VALUE_FIELD) found.value = bytes;
  }
  return found;
}

/** Numbers beyond 2^53 lose digits: only lengths and tags are used. */
function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < bytes.length && at < start + 10; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw corrupted('an entry ends within a number');
}
