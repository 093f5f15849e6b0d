/** Go's html, js and urlquery. */
import { toBytes } from '../bytes.js';
import { isPrint } from '../fmt/quote.js';

const HTML: Record<string, string> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** `template.HTMLEscapeString`. */
export function escapeHtml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is escaped too
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char);
}

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');

/** `template.JSEscapeString`. */
export function escapeJs(text: string): string {
  let out = '';
  for (const char of text) out += escapeJsChar(char);
  return out;
}

function escapeJsChar(char: string): string {
  if (char === '\\' || char === "'" || char === '"') return `\\${char}`;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || '<>&='.includes(char)) return `\\u${hex(code)}`;
  if (code < 0x80) return char;
  // A broken byte reads as U+FFFD, which prints as it is.
  if (code >= 0xdc80 && code <= 0xdcff) return char;
  return isPrint(code) ? char : `\\u${hex(code)}`;
}

/** `url.QueryEscape`. */
export function escapeQuery(text: string): string {
  let out = '';
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(char)) out += char;
    else if (char === ' ') out += '+';
    else out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
