import type { Environment } from '../environment.js';
import { NANOSECONDS, floorDivide } from './civil.js';

/** A time zone: offset in seconds east of UTC and abbreviation at an instant (nanoseconds since 1970). */
export interface Location {
  readonly name: string;
  at(nanoseconds: bigint): { offset: number; name: string };
}

export const UTC: Location = { name: 'UTC', at: () => ({ offset: 0, name: 'UTC' }) };

/** A zone that never changes. */
export function fixedZone(name: string, offset: number): Location {
  return { name, at: () => ({ offset, name }) };
}

/** The zone of the caller: UTC unless the environment tells another. */
export function localZone(environment: Environment): Location {
  const { localZone: lookUp } = environment;
  return { name: 'Local', at: lookUp ?? ((nanoseconds) => UTC.at(nanoseconds)) };
}

/** `time.LoadLocation`; undefined for a name the platform's time zone database does not have. */
export function loadLocation(name: string, environment: Environment): Location | undefined {
  if (name === '' || name === 'UTC') return UTC;
  if (name === 'Local') return localZone(environment);
  try {
    return new NamedZone(name);
  } catch {
    return undefined;
  }
}

/** Abbreviations no English locale of Intl knows. */
const ABBREVIATIONS = new Map([
  ['Asia/Tokyo', 'JST'],
  ['Asia/Seoul', 'KST'],
  ['Asia/Shanghai', 'CST'],
  ['Asia/Taipei', 'CST'],
  ['Asia/Hong_Kong', 'HKT'],
  ['Asia/Kolkata', 'IST'],
  ['Asia/Calcutta', 'IST'],
  ['Asia/Karachi', 'PKT'],
  ['Asia/Manila', 'PST'],
  ['Asia/Jakarta', 'WIB'],
  ['Europe/Moscow', 'MSK'],
  ['Africa/Nairobi', 'EAT'],
  ['Africa/Lagos', 'WAT'],
]);
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-CA', 'en-NZ', 'en-ZA'];

/** A zone of the platform's time zone database, by way of Intl. */
class NamedZone implements Location {
  readonly #fields: Intl.DateTimeFormat;

  constructor(readonly name: string) {
    this.#fields = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  at(nanoseconds: bigint): { offset: number; name: string } {
    const date = new Date(Number(floorDivide(nanoseconds, NANOSECONDS)) * 1000);
    const parts = new Map(this.#fields.formatToParts(date).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    const offset = Math.round((local - date.getTime()) / 1000);
    return { offset, name: ABBREVIATIONS.get(this.name) ?? this.abbreviation(date) ?? numericName(offset) };
  }

  private abbreviation(date: Date): string | undefined {
    for (const locale of LOCALES) {
      const format = new Intl.DateTimeFormat(locale, { timeZone: this.name, timeZoneName: 'short' });
      const name = format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value;
      if (name !== undefined && !/\d/.test(name)) return name;
    }
    return undefined;
  }
}

/** `+03`, `+0530`: how the time zone database names zones without letters. */
function numericName(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60));
  const two = (value: number): string => String(value).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : two(minutes % 60);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest}`;
}
