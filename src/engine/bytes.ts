/**
 * Go strings are bytes, JavaScript's are UTF-16. Invariant of the engine: text is ordinary UTF-16, and a byte
 * that is not part of valid UTF-8 is one lone low surrogate U+DC80 + (byte - 0x80) (as Python's
 * `surrogateescape`). So every Go string has exactly one image, and concatenation stays concatenation.
 */

const ESCAPE = 0xdc00;
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// eslint-disable-next-line no-control-regex -- plain ASCII is the fast path of every byte operation
const NON_ASCII = /[^\x00-\x7f]/;

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** True when every character is one byte long. */
export function isAscii(text: string): boolean {
  return !NON_ASCII.test(text);
}

/** Length in bytes: Go's `len(s)`. */
export function byteLength(text: string): number {
  if (isAscii(text)) return text.length;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      length += 4;
      i++;
    } else length += isLow(unit) ? 1 : 3;
  }
  return length;
}

/** The bytes of a Go string; escaped bytes come back as they were. */
export function toBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const out: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (isLow(code)) out.push(code - ESCAPE);
    else out.push(...encoder.encode(char));
  }
  return Uint8Array.from(out);
}

/** The string of these bytes; bytes that are not valid UTF-8 are escaped one by one, as Go ranges over them. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeLoosely(bytes);
  }
}

function decodeLoosely(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const width = sequenceWidth(bytes, i);
    if (width === 0) {
      out += String.fromCharCode(ESCAPE + (bytes[i] ?? 0));
      i++;
    } else {
      out += strictDecoder.decode(bytes.subarray(i, i + width));
      i += width;
    }
  }
  return out;
}

/** Width of the valid UTF-8 sequence at `start`, 0 when there is none. */
function sequenceWidth(bytes: Uint8Array, start: number): number {
  const lead = bytes[start] ?? 0;
  if (lead < 0x80) return 1;
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || start + width > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(start, start + width));
    return width;
  } catch {
    return 0;
  }
}

/** `text[from:to]` in bytes, as Go slices a string (`from <= to <= byteLength`). */
export function byteSlice(text: string, from: number, to: number): string {
  if (isAscii(text)) return text.slice(from, to);
  return fromBytes(toBytes(text).subarray(from, to));
}

/** Go's order of strings: by bytes. Negative, zero or positive. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    return x < 0xd800 && y < 0xd800 ? x - y : compareBytes(toBytes(a), toBytes(b));
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
