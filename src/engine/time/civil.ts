/** The Gregorian calendar before and after 1970, without leap seconds. */

export interface Civil {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  /** 0 is Sunday. */
  weekday: number;
  /** 1 is the first of January. */
  yearDay: number;
}

export const NANOSECONDS = 1_000_000_000n;
const DAY = 86_400;
const DAYS_IN_ERA = 146_097;

/** Days from 1970-01-01 to a date; months and days may lie outside their ranges, as Go's time.Date allows. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = year + Math.floor((month - 1) / 12);
  const normalMonth = ((((month - 1) % 12) + 12) % 12) + 1;
  const y = normalMonth <= 2 ? shifted - 1 : shifted;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const monthFromMarch = (normalMonth + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_ERA + dayOfEra - 719_468;
}

/** Calendar and clock of an instant (nanoseconds since 1970) in a zone `offset` seconds east of UTC. */
export function civilAt(nanoseconds: bigint, offset: number): Civil {
  const whole = floorDivide(nanoseconds, NANOSECONDS);
  const seconds = Number(whole) + offset;
  const days = Math.floor(seconds / DAY);
  const ofDay = seconds - days * DAY;
  const date = dateOf(days);
  return {
    ...date,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor((ofDay % 3600) / 60),
    second: ofDay % 60,
    nanosecond: Number(nanoseconds - whole * NANOSECONDS),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromCivil(date.year, 1, 1) + 1,
  };
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_IN_ERA);
  const dayOfEra = shifted - era * DAYS_IN_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

export function daysInMonth(year: number, month: number): number {
  return daysFromCivil(year, month + 1, 1) - daysFromCivil(year, month, 1);
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
