/** What the reader of go-yaml 2 refuses before anything is parsed. */
import { toBytes } from '../bytes.js';

/** Controls (but tab, LF, CR, NEL), bytes that are no UTF-8, U+FFFE and U+FFFF. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff\ud800-\udfff]/u;

/** Why the reader refuses a text; undefined when it does not. */
export function readerProblem(text: string): string | undefined {
  const at = text.search(FORBIDDEN);
  if (at < 0) return undefined;
  const isBroken = !text.charAt(at).isWellFormed();
  return isBroken ? octetProblem(toBytes(text.slice(at, at + 4))) : 'control characters are not allowed';
}

/** What is wrong with the UTF-8 sequence these bytes begin with. */
function octetProblem(bytes: Uint8Array): string {
  const [lead = 0] = bytes;
  const width = widthOf(lead);
  if (width === 0) return 'invalid leading UTF-8 octet';
  if (width > bytes.length) return 'incomplete UTF-8 octet sequence';
  const trailing = bytes.subarray(1, width);
  if (trailing.some((byte) => (byte & 0xc0) !== 0x80)) return 'invalid trailing UTF-8 octet';
  const code = trailing.reduce((value, byte) => (value << 6) | (byte & 0x3f), lead & (0x7f >> width));
  return code < (SMALLEST.get(width) ?? 0)
    ? 'invalid length of a UTF-8 sequence'
    : 'invalid Unicode character';
}

/** The smallest character that needs so many bytes. */
const SMALLEST = new Map([
  [2, 0x80],
  [3, 0x800],
  [4, 0x10000],
]);

/** Bytes of the sequence that `lead` announces, 0 when it begins none. */
function widthOf(lead: number): number {
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 0;
}
