import type { Environment } from '../environment.js';
import { ABBREVIATIONS } from './abbreviations.js';
import { NANOSECONDS, daysFromCivil, floorDivide } from './civil.js';

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

/** Each knows the abbreviations of its own part of the world. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-CA', 'en-NZ', 'en-ZA'];

/** A zone of the platform's time zone database, by way of Intl. */
class NamedZone implements Location {
  readonly #fields: Intl.DateTimeFormat;

  constructor(readonly name: string) {
    this.#fields = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      era: 'short',
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
    const seconds = Number(floorDivide(nanoseconds, NANOSECONDS));
    const date = new Date(seconds * 1000);
    const offset = this.localSeconds(date) - seconds;
    // Only the mean time of a place, which came before standard time, counts single seconds.
    if (offset % 60 !== 0) return { offset, name: 'LMT' };
    const known = ABBREVIATIONS.get(this.name);
    return { offset, name: (known ? known[offset] : this.abbreviation(date)) ?? numericName(offset) };
  }

  /** Seconds since 1970 of what clocks in the zone show, as if it were UTC. */
  private localSeconds(date: Date): number {
    const parts = new Map(this.#fields.formatToParts(date).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
    // The year before 1 AD is 1 BC, which astronomers and Go call 0.
    const year = parts.get('era')?.startsWith('B') === true ? 1 - part('year') : part('year');
    const days = daysFromCivil(year, part('month'), part('day'));
    return ((days * 24 + part('hour')) * 60 + part('minute')) * 60 + part('second');
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
