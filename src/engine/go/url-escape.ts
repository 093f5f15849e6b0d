import { FunctionError } from '../errors.js';
import { fromBytes, toBytes } from '../bytes.js';
import { quote } from '../fmt/quote.js';

/** The part of a URL a text stands in: it decides which characters are escaped. */
export type UrlPart = 'path' | 'userinfo' | 'host' | 'zone' | 'fragment';

/** Characters left as they are, besides letters, digits and `-_.~`. */
const VERBATIM: Record<UrlPart, string> = {
  path: '$&+,/:;=@',
  userinfo: '$&+,;=',
  host: `!$&'()*+,;=:[]<>"`,
  zone: `!$&'()*+,;=:[]<>"`,
  fragment: '$&+,/:;=?@!()*',
};

function isVerbatim(byte: number, part: UrlPart): boolean {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-_.~]/.test(character) || VERBATIM[part].includes(character);
}

/** Escapes the bytes that may not stand in this part. */
export function escapeUrlPart(text: string, part: UrlPart): string {
  let escaped = '';
  for (const byte of toBytes(text)) {
    const hex = byte.toString(16).toUpperCase().padStart(2, '0');
    escaped += byte < 0x80 && isVerbatim(byte, part) ? String.fromCharCode(byte) : `%${hex}`;
  }
  return escaped;
}

/** Resolves `%XX`. Throws FunctionError with Go's message. */
export function unescapeUrlPart(text: string, part: UrlPart): string {
  checkEscapes(text, part);
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  const raw = toBytes(text);
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === 0x25) {
      bytes.push(Number.parseInt(String.fromCharCode(raw[i + 1] ?? 0, raw[i + 2] ?? 0), 16));
      i += 2;
    } else {
      bytes.push(raw[i] ?? 0);
    }
  }
  return fromBytes(Uint8Array.from(bytes));
}

function checkEscapes(text: string, part: UrlPart): void {
  const isHost = part === 'host' || part === 'zone';
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '%') {
      checkEscape(text.slice(i, i + 3), part);
      i += 2;
    } else if (isHost && character < '\u0080' && !isVerbatim(character.charCodeAt(0), part)) {
      throw new FunctionError(`invalid character ${quote(character)} in host name`);
    }
  }
}

function checkEscape(escape: string, part: UrlPart): void {
  const byte = /^%[0-9a-fA-F]{2}$/.test(escape) ? Number.parseInt(escape.slice(1), 16) : -1;
  const plainInHost = part === 'host' && byte < 0x80 && byte !== 0x25;
  const plainInZone = part === 'zone' && byte !== 0x25 && byte !== 0x20 && !isVerbatim(byte, 'host');
  if (byte < 0 || plainInHost || plainInZone) throw new FunctionError(`invalid URL escape ${quote(escape)}`);
}
