const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 with padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET.charAt((buffer >> (bits - 5)) & 31);
    buffer &= (1 << bits) - 1;
  }
  if (bits > 0) text += ALPHABET.charAt((buffer << (5 - bits)) & 31);
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

/** The bytes, or the place of the first character that does not belong. Line breaks are passed over. */
export function decodeBase32(text: string): Uint8Array | { invalidAt: number } {
  const body = text.replaceAll(/[\r\n]/g, '');
  const data = body.replace(/=+$/, '');
  const bytes: number[] = [];
  let bits = 0;
  let buffer = 0;
  for (const [i, character] of Array.from(data).entries()) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return { invalidAt: i };
    buffer = (buffer << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 255);
      buffer &= (1 << bits) - 1;
    }
  }
  const complete = body.length % 8 === 0 && ![1, 3, 6].includes(data.length % 8);
  return complete ? Uint8Array.from(bytes) : { invalidAt: data.length };
}
