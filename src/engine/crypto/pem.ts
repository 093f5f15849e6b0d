import { decodeBase64, encodeBase64 } from '../go/base64.js';

const LINE = 64;
const BLOCK = /-----BEGIN ([^\n]*?)-----\s*([A-Za-z0-9+/=\s]*?)-----END \1-----/;

export interface PemBlock {
  type: string;
  bytes: Uint8Array;
}

/** A block in PEM with lines of 64 characters. */
export function encodePem({ type, bytes }: PemBlock): string {
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ''].join('\n');
}

/** The first block in a text; undefined when there is none. */
export function decodePem(text: string): PemBlock | undefined {
  const match = BLOCK.exec(text);
  if (match === null) return undefined;
  const bytes = decodeBase64((match[2] ?? '').replaceAll(/\s/g, ''));
  return bytes instanceof Uint8Array ? { type: match[1] ?? '', bytes } : undefined;
}
