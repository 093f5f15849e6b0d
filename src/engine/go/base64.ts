/** Standard base64 as Go's encoding/base64 has it. */

export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

/** The bytes, or the place Go names in `illegal base64 data at input byte N`. Line breaks are passed over. */
export function decodeBase64(text: string): Uint8Array | { invalidAt: number } {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 && !/^=|===/.test(text)) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }
  return decodeSlowly(text);
}

/** With line breaks in it, or wrong: finds out which character is to blame. */
function decodeSlowly(text: string): Uint8Array | { invalidAt: number } {
  let quantum = '';
  let data = '';
  let at = 0;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\n' || character === '\r') continue;
    if (character === '=') break;
    if (!/^[A-Za-z0-9+/]$/.test(character)) return { invalidAt: at };
    data += character;
    quantum = quantum.length === 3 ? '' : quantum + character;
  }
  if (at < text.length) {
    const wrong = checkPadding(text, at, quantum.length);
    if (wrong !== undefined) return { invalidAt: wrong };
  } else if (quantum !== '') {
    return { invalidAt: text.length - quantum.length };
  }
  return Uint8Array.from(atob(data.padEnd(Math.ceil(data.length / 4) * 4, '=')), (character) =>
    character.charCodeAt(0),
  );
}

/** The place that is wrong in the padding which begins at `at`, after `length` characters of a quantum. */
function checkPadding(text: string, at: number, length: number): number | undefined {
  if (length < 2) return at;
  let next = skipBreaks(text, at + 1);
  if (length === 2) {
    if (next >= text.length) return text.length;
    if (text.charAt(next) !== '=') return next - 1;
    next = skipBreaks(text, next + 1);
  }
  return next < text.length ? next : undefined;
}

function skipBreaks(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === '\n' || text.charAt(at) === '\r') at++;
  return at;
}
