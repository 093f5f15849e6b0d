/** Writing and reading of DER, as much as X.509 certificates need. */

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(content);
  return concatBytes([Uint8Array.of(tag), lengthBytes(body.length), body]);
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...items);

/** A number that is not negative, from its bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const trimmed = bytes.subarray(first);
  return element(TAG.integer, (trimmed[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...trimmed) : trimmed);
}

/** A number that is not negative. */
export function bigInteger(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return integer(fromHex(hex.length % 2 === 0 ? hex : `0${hex}`));
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The number in an INTEGER that is not negative. */
export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') || '0'}`);
}

export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

export function bitString(bytes: Uint8Array, unused = 0): Uint8Array {
  return element(TAG.bitString, Uint8Array.of(unused), bytes);
}

export const octetString = (bytes: Uint8Array): Uint8Array => element(TAG.octetString, bytes);

/** An element with a context tag around others. */
export const explicit = (number: number, ...content: readonly Uint8Array[]): Uint8Array =>
  element(0xa0 | number, ...content);

/** An element whose own tag is replaced by a context tag. */
export const implicit = (number: number, content: Uint8Array): Uint8Array => element(0x80 | number, content);

export const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

export interface Element {
  tag: number;
  content: Uint8Array;
  /** Tag, length and content. */
  raw: Uint8Array;
}

/** The elements one after another in `bytes`. Throws an Error when they are cut off. */
export function readElements(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const { content, end } = readBounds(bytes, at);
    if (end > bytes.length) throw new Error('asn1: syntax error: data truncated');
    elements.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(content, end),
      raw: bytes.subarray(at, end),
    });
    at = end;
  }
  return elements;
}

function readBounds(bytes: Uint8Array, at: number): { content: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return { content: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new Error('asn1: structure error: length is not minimal');
  const content = at + 2 + count;
  const length = bytes.subarray(at + 2, content).reduce((sum, byte) => sum * 256 + byte, 0);
  return { content, end: content + length };
}
