import { GoRegexp } from '../regex/go-regexp.js';
import { parseIp } from '../crypto/ip.js';

/** Formats of strings that are checked; others pass. */
const FORMATS = new Map<string, (text: string) => boolean>([
  ['date-time', (text) => isDateTime(text)],
  ['date', (text) => isDate(text)],
  ['time', (text) => isTime(text)],
  ['email', (text) => /^[^\s@]+@[^\s@]+$/.test(text)],
  ['hostname', (text) => isHostname(text)],
  ['ipv4', (text) => !text.includes(':') && parseIp(text) !== undefined],
  ['ipv6', (text) => text.includes(':') && parseIp(text) !== undefined],
  ['uri', (text) => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text)],
  ['uri-reference', (text) => URL.canParse(text, 'file:///')],
  ['uuid', (text) => /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)],
  ['regex', (text) => isRegex(text)],
  ['json-pointer', (text) => /^(?:\/(?:[^~]|~[01])*)?$/.test(text)],
]);

/** True when a text has the format, or the format is not known. */
export function hasFormat(text: string, format: string): boolean {
  return FORMATS.get(format)?.(text) ?? true;
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isTime(text: string): boolean {
  const match = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d+)?(?:z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i.exec(
    text,
  );
  return match !== null;
}

function isDateTime(text: string): boolean {
  return /^[Tt]$/.test(text.charAt(10)) && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

function isHostname(text: string): boolean {
  if (text.length > 253) return false;
  return text
    .split('.')
    .every((label) => label.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label));
}

function isRegex(text: string): boolean {
  try {
    GoRegexp.compile(text);
    return true;
  } catch {
    return false;
  }
}
