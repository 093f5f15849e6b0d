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
  const out = new Uint8Array(byteLength(text));
  let at = 0;
  for (let i = 0; i < text.length;) {
    const end = endOfRun(text, i);
    if (end > i) at += encoder.encodeInto(text.slice(i, end), out.subarray(at)).written;
    else out[at++] = text.charCodeAt(i) - ESCAPE;
    i = Math.max(end, i + 1);
  }
  return out;
}

/** Where the valid text that starts at `start` ends: before a broken byte, or at the end. */
function endOfRun(text: string, start: number): number {
  let at = start;
  for (; at < text.length && !isLow(text.charCodeAt(at)); at++) {
    if (isHigh(text.charCodeAt(at))) at++;
  }
  return Math.min(at, text.length);
}

/** The string of these bytes; bytes that are not valid UTF-8 are escaped one by one, as Go ranges over them. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeLoosely(bytes);
  }
}

/** Characters put together at once: they are arguments of one call. */
const CHUNK = 8192;

function decodeLoosely(bytes: Uint8Array): string {
  const parts: string[] = [];
  let codes: number[] = [];
  for (let i = 0; i < bytes.length;) {
    const { code, width } = characterAt(bytes, i);
    codes.push(code);
    i += width;
    if (codes.length < CHUNK && i < bytes.length) continue;
    parts.push(String.fromCodePoint(...codes));
    codes = [];
  }
  return parts.join('');
}

/** Smallest code point of a sequence of so many bytes. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The character at `start`, or the image of a byte that begins none. */
function characterAt(bytes: Uint8Array, start: number): { code: number; width: number } {
  const lead = bytes[start] ?? 0;
  if (lead < 0x80) return { code: lead, width: 1 };
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const rest = bytes.subarray(start + 1, start + width);
  const code = rest.reduce((value, byte) => (value << 6) | (byte & 0x3f), lead & (0x7f >> width));
  const isComplete = rest.length === width - 1 && rest.every((byte) => (byte & 0xc0) === 0x80);
  const isLead = lead >= 0xc2 && lead < 0xf5;
  const isValid = isLead && isComplete && code >= (SMALLEST[width] ?? 0) && isScalar(code);
  return isValid ? { code, width } : { code: ESCAPE + lead, width: 1 };
}

/** True for code points that are no surrogates. */
const isScalar = (code: number): boolean => code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);

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
