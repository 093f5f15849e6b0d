import type { Civil } from './civil.js';

/** Go's reference-time layouts: `2006-01-02T15:04:05Z07:00`. */

const CHUNK =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2006|_2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?![0-9])/g;

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export interface LayoutPiece {
  /** Text to write as it is, before the chunk. */
  literal: string;
  /** A chunk such as `2006` or `-07:00`; empty at the end. */
  chunk: string;
}

/** Cuts a layout into literal text and chunks. */
export function splitLayout(layout: string): LayoutPiece[] {
  const pieces: LayoutPiece[] = [];
  let at = 0;
  for (const match of layout.matchAll(CHUNK)) {
    const underscored = match[0] === '_2006';
    const start = match.index + (underscored ? 1 : 0);
    pieces.push({ literal: layout.slice(at, start), chunk: underscored ? '2006' : match[0] });
    at = match.index + match[0].length;
  }
  pieces.push({ literal: layout.slice(at), chunk: '' });
  return pieces;
}

/** A point in time to be written. */
export interface Written extends Civil {
  /** Seconds east of UTC. */
  offset: number;
  /** Abbreviation of the zone, empty when unknown. */
  zone: string;
}

/** `time.Time.Format`. */
export function formatLayout(layout: string, time: Written): string {
  return splitLayout(layout)
    .map(({ literal, chunk }) => literal + (chunk === '' ? '' : writeChunk(chunk, time)))
    .join('');
}

const two = (value: number): string => String(value).padStart(2, '0');
const hour12 = (hour: number): number => hour % 12 || 12;

function year4(year: number): string {
  return year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0');
}

const WRITERS = new Map<string, (time: Written) => string>([
  ['2006', ({ year }) => year4(year)],
  ['06', ({ year }) => two(Math.max(year, 0) % 100)],
  ['January', ({ month }) => MONTHS[month - 1] ?? ''],
  ['Jan', ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3)],
  ['01', ({ month }) => two(month)],
  ['1', ({ month }) => String(month)],
  ['Monday', ({ weekday }) => WEEKDAYS[weekday] ?? ''],
  ['Mon', ({ weekday }) => (WEEKDAYS[weekday] ?? '').slice(0, 3)],
  ['02', ({ day }) => two(day)],
  ['_2', ({ day }) => String(day).padStart(2)],
  ['2', ({ day }) => String(day)],
  ['002', ({ yearDay }) => String(yearDay).padStart(3, '0')],
  ['__2', ({ yearDay }) => String(yearDay).padStart(3)],
  ['15', ({ hour }) => two(hour)],
  ['03', ({ hour }) => two(hour12(hour))],
  ['3', ({ hour }) => String(hour12(hour))],
  ['04', ({ minute }) => two(minute)],
  ['4', ({ minute }) => String(minute)],
  ['05', ({ second }) => two(second)],
  ['5', ({ second }) => String(second)],
  ['PM', ({ hour }) => (hour >= 12 ? 'PM' : 'AM')],
  ['pm', ({ hour }) => (hour >= 12 ? 'pm' : 'am')],
  ['MST', ({ zone, offset }) => zone || writeOffset('-0700', offset)],
]);

function writeChunk(chunk: string, time: Written): string {
  const writer = WRITERS.get(chunk);
  if (writer !== undefined) return writer(time);
  return chunk.includes('07') ? writeOffset(chunk, time.offset) : writeFraction(chunk, time.nanosecond);
}

/** `-07:00`, `Z0700` …: sign, hours, and the parts the chunk asks for; `Z…` writes UTC as `Z`. */
function writeOffset(chunk: string, offset: number): string {
  if (chunk.startsWith('Z') && offset === 0) return 'Z';
  const seconds = Math.abs(offset);
  const colon = chunk.includes(':') ? ':' : '';
  const parts = [seconds / 3600, (seconds % 3600) / 60, seconds % 60].map((part) => two(Math.floor(part)));
  const count = chunk.replace(/\D/g, '').length / 2;
  return (offset < 0 ? '-' : '+') + parts.slice(0, count).join(colon);
}

/** `.000` writes as many digits, `.999` leaves zeros at the end away. */
function writeFraction(chunk: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, '0')
    .slice(0, chunk.length - 1)
    .padEnd(chunk.length - 1, '0');
  const kept = chunk.charAt(1) === '9' ? digits.replace(/0+$/, '') : digits;
  return kept === '' ? '' : chunk.charAt(0) + kept;
}
