import { FunctionError } from '../errors.js';
import { NANOSECONDS, daysFromCivil, daysInMonth } from './civil.js';
import { MONTHS, WEEKDAYS, splitLayout } from './layout.js';
import { quoteBytes } from './quote.js';
import { Time } from './time.js';
import { Location, UTC, fixedZone } from './zone.js';

/** What has been read so far; -1 where nothing was. */
interface Read {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean;
  morning: boolean;
  offset: number | undefined;
  zone: string;
}

/** The text does not fit the chunk. */
class Mismatch extends Error {}
/** A number is outside its range. */
class OutOfRange extends Error {}

/** `time.ParseInLocation`. Throws FunctionError with Go's message. */
export function parseTime(layout: string, text: string, location: Location): Time {
  const read: Read = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: false,
    morning: false,
    offset: undefined,
    zone: '',
  };
  const problem = (element: string, rest: string, message: string): FunctionError => {
    const detail = message || `: cannot parse ${quoteBytes(rest)} as ${quoteBytes(element)}`;
    return new FunctionError(
      `parsing time ${quoteBytes(text)}${message ? '' : ` as ${quoteBytes(layout)}`}${detail}`,
    );
  };
  let rest = text;
  const pieces = splitLayout(layout);
  for (const [i, { literal, chunk }] of pieces.entries()) {
    const skipped = skipLiteral(literal, rest);
    if (skipped === undefined) throw problem(literal, rest, '');
    rest = skipped;
    if (chunk === '') break;
    const before = rest;
    try {
      rest = readChunk(chunk, rest, read, pieces[i + 1]);
    } catch (error) {
      if (error instanceof OutOfRange) throw problem('', '', `: ${error.message} out of range`);
      if (error instanceof Mismatch) throw problem(chunk, before, '');
      throw error;
    }
  }
  if (rest !== '') throw problem('', rest, `: extra text: ${quoteBytes(rest)}`);
  const range = invalidDate(read);
  if (range !== undefined) throw problem('', '', `: ${range} out of range`);
  return timeOf(read, location);
}

/** Passes literal text; any number of blanks fits any number of blanks. */
function skipLiteral(literal: string, text: string): string | undefined {
  let rest = text;
  let prefix = literal;
  while (prefix !== '') {
    if (prefix.startsWith(' ')) {
      if (rest !== '' && !rest.startsWith(' ')) return undefined;
      prefix = prefix.replace(/^ +/, '');
      rest = rest.replace(/^ +/, '');
    } else {
      if (!rest.startsWith(prefix.charAt(0))) return undefined;
      prefix = prefix.slice(1);
      rest = rest.slice(1);
    }
  }
  return rest;
}

function readChunk(
  chunk: string,
  text: string,
  read: Read,
  next: { literal: string; chunk: string } | undefined,
): string {
  const reader = READERS.get(chunk);
  if (reader === undefined)
    return chunk.includes('07') ? readOffset(chunk, text, read) : readFraction(chunk, text, read);
  const rest = reader(text, read);
  const isSecond = chunk === '05' || chunk === '5';
  const fractionFollows = next !== undefined && next.literal === '' && /^[.,][09]/.test(next.chunk);
  return isSecond && !fractionFollows ? readLooseFraction(rest, read) : rest;
}

/** Digits after the seconds are read even when the layout has none. */
function readLooseFraction(text: string, read: Read): string {
  const match = /^[.,][0-9]+/.exec(text);
  if (match === null) return text;
  read.nanosecond = nanoseconds(match[0].slice(1));
  return text.slice(match[0].length);
}

function nanoseconds(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'));
}

function readFraction(chunk: string, text: string, read: Read): string {
  if (chunk.charAt(1) === '9') return readLooseFraction(text, read);
  const match = new RegExp(`^[.,][0-9]{${chunk.length - 1}}`).exec(text);
  if (match === null) throw new Mismatch();
  read.nanosecond = nanoseconds(match[0].slice(1));
  return text.slice(match[0].length);
}

type Reader = (text: string, read: Read) => string;

function take(pattern: RegExp, text: string): [string, string] {
  const match = pattern.exec(text);
  if (match === null) throw new Mismatch();
  return [match[0], text.slice(match[0].length)];
}

type NumberField = 'year' | 'month' | 'day' | 'yearDay' | 'hour' | 'minute' | 'second';

function number(pattern: RegExp, field: NumberField, check: (value: number) => string | undefined): Reader {
  return (text, read) => {
    const [digits, rest] = take(
      pattern,
      text.startsWith(' ') && field === 'day' ? text.replace(/^ /, '') : text,
    );
    const value = Number(digits);
    const range = check(value);
    if (range !== undefined) throw new OutOfRange(range);
    read[field] = value;
    return rest;
  };
}

function named(
  names: string[],
  length: number | undefined,
  set: (read: Read, index: number) => void,
): Reader {
  return (text, read) => {
    const index = names.findIndex((name) =>
      text.toLowerCase().startsWith(name.slice(0, length).toLowerCase()),
    );
    if (index < 0) throw new Mismatch();
    set(read, index);
    return text.slice((names[index] ?? '').slice(0, length).length);
  };
}

const setMonth = (read: Read, index: number): void => {
  read.month = index + 1;
};
const ignore = (): void => undefined;
const monthCheck = (value: number): string | undefined => (value < 1 || value > 12 ? 'month' : undefined);
const any = (): undefined => undefined;
const below =
  (limit: number, name: string) =>
  (value: number): string | undefined =>
    value >= limit ? name : undefined;

const ONE_OR_TWO = /^[0-9]{1,2}/;
const TWO = /^[0-9]{2}/;

const READERS = new Map<string, Reader>([
  ['2006', number(/^[0-9]{4}/, 'year', any)],
  ['06', readShortYear],
  ['January', named(MONTHS, undefined, setMonth)],
  ['Jan', named(MONTHS, 3, setMonth)],
  ['01', number(TWO, 'month', monthCheck)],
  ['1', number(ONE_OR_TWO, 'month', monthCheck)],
  ['Monday', named(WEEKDAYS, undefined, ignore)],
  ['Mon', named(WEEKDAYS, 3, ignore)],
  ['02', number(TWO, 'day', any)],
  ['_2', number(ONE_OR_TWO, 'day', any)],
  ['2', number(ONE_OR_TWO, 'day', any)],
  ['002', number(/^[0-9]{3}/, 'yearDay', any)],
  ['__2', number(/^ {0,2}[0-9]{1,3}/, 'yearDay', any)],
  ['15', number(ONE_OR_TWO, 'hour', below(24, 'hour'))],
  ['03', number(TWO, 'hour', below(13, 'hour'))],
  ['3', number(ONE_OR_TWO, 'hour', below(13, 'hour'))],
  ['04', number(TWO, 'minute', below(60, 'minute'))],
  ['4', number(ONE_OR_TWO, 'minute', below(60, 'minute'))],
  ['05', number(TWO, 'second', below(60, 'second'))],
  ['5', number(ONE_OR_TWO, 'second', below(60, 'second'))],
  ['PM', (text, read) => readHalf(text, read, ['AM', 'PM'])],
  ['pm', (text, read) => readHalf(text, read, ['am', 'pm'])],
  ['MST', readZone],
]);

function readShortYear(text: string, read: Read): string {
  const [digits, rest] = take(TWO, text);
  read.year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000);
  return rest;
}

function readHalf(text: string, read: Read, names: [string, string]): string {
  const half = text.slice(0, 2);
  if (!names.includes(half)) throw new Mismatch();
  read.morning = half === names[0];
  read.afternoon = !read.morning;
  return text.slice(2);
}

function readZone(text: string, read: Read): string {
  const [name, rest] = take(/^(?:UTC|GMT[+-][0-9]{1,2}|[A-Z]{3,5}|[+-][0-9]{2})/, text);
  read.zone = name;
  const numeric = /^(?:GMT)?([+-][0-9]{1,2})$/.exec(name)?.[1];
  if (name === 'UTC') read.offset = 0;
  else if (numeric !== undefined) read.offset = Number(numeric) * 3600;
  return rest;
}

function readOffset(chunk: string, text: string, read: Read): string {
  if (chunk.startsWith('Z') && text.startsWith('Z')) {
    read.offset = 0;
    read.zone = 'UTC';
    return text.slice(1);
  }
  const colon = chunk.includes(':') ? ':' : '';
  const parts = chunk.replace(/\D/g, '').length / 2;
  const [offset, rest] = take(
    new RegExp(`^[+-]${Array.from({ length: parts }, () => '[0-9]{2}').join(colon)}`),
    text,
  );
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).replaceAll(':', '').match(/../g) ?? []).map(
    Number,
  );
  if (hours > 24) throw new OutOfRange('time zone offset hour');
  if (minutes >= 60) throw new OutOfRange('time zone offset minute');
  read.offset = (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
  return rest;
}

/** The part of the date that does not exist. */
function invalidDate(read: Read): string | undefined {
  if (read.yearDay >= 0) {
    const date = daysFromCivil(read.year, 1, read.yearDay) - daysFromCivil(read.year, 1, 1);
    return date < 0 || read.yearDay > daysFromCivil(read.year + 1, 1, 1) - daysFromCivil(read.year, 1, 1)
      ? 'day-of-year'
      : undefined;
  }
  const month = read.month < 0 ? 1 : read.month;
  const day = read.day < 0 ? 1 : read.day;
  return day < 1 || day > daysInMonth(read.year, month) ? 'day' : undefined;
}

function timeOf(read: Read, location: Location): Time {
  const month = read.yearDay >= 0 || read.month < 0 ? 1 : read.month;
  const day = read.yearDay >= 0 ? read.yearDay : read.day < 0 ? 1 : read.day;
  const hour = hourOf(read);
  const seconds =
    daysFromCivil(read.year, month, day) * 86_400 + hour * 3600 + read.minute * 60 + read.second;
  const local = BigInt(seconds) * NANOSECONDS + BigInt(read.nanosecond);
  const zone = zoneOf(read, local, location);
  return new Time(local - BigInt(zone.at(local).offset) * NANOSECONDS, zone);
}

function hourOf({ hour, morning, afternoon }: Read): number {
  if (afternoon && hour < 12) return hour + 12;
  return morning && hour === 12 ? 0 : hour;
}

/** The location itself where the text agrees with it, else a zone of the offset or name alone. */
function zoneOf(read: Read, local: bigint, location: Location): Location {
  if (read.offset === undefined) return read.zone === '' ? location : namedZone(read.zone, local, location);
  if (read.offset === 0 && read.zone === 'UTC') return UTC;
  const there = location.at(local - BigInt(read.offset) * NANOSECONDS);
  const same = there.offset === read.offset && (read.zone === '' || there.name === read.zone);
  return same ? location : fixedZone(read.zone, read.offset);
}

/** An abbreviation the location does not use means nothing to Go: an offset of 0. */
function namedZone(name: string, local: bigint, location: Location): Location {
  return location.at(local).name === name ? location : fixedZone(name, 0);
}
