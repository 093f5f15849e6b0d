import { FunctionError } from '../errors.js';
import { GoInt, GoObject, type GoFunction, type Value, fn, int, int64 } from '../value.js';
import { Civil, NANOSECONDS, civilAt, daysFromCivil, floorDivide } from './civil.js';
import { Duration } from './duration.js';
import { MONTHS, WEEKDAYS, formatLayout } from './layout.js';
import { Location, UTC } from './zone.js';

const RFC_3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';
const DEFAULT = '2006-01-02 15:04:05.999999999 -0700 MST';
const DAY = 86_400n * NANOSECONDS;

/** Nanoseconds from 1970 to Go's zero time, the first second of the year 1. */
export const ZERO_TIME = BigInt(daysFromCivil(1, 1, 1)) * DAY;

/** An integer with names: time.Month, time.Weekday. */
class NamedInt extends GoInt {
  constructor(
    value: number,
    private readonly named: string,
    private readonly text: string,
  ) {
    super(BigInt(value), 'int');
  }

  override get type(): string {
    return this.named;
  }

  override toText(): string {
    return this.text;
  }
}

/** A `time.Time`: an instant seen in a time zone. */
export class Time extends GoObject {
  readonly type = 'time.Time';
  readonly kind = 'struct';

  constructor(
    /** Nanoseconds since 1970-01-01T00:00:00Z. */
    readonly nanoseconds: bigint,
    readonly location: Location = UTC,
  ) {
    super();
  }

  /** The instant in whole seconds since 1970. */
  get unix(): bigint {
    return floorDivide(this.nanoseconds, NANOSECONDS);
  }

  get civil(): Civil {
    return civilAt(this.nanoseconds, this.location.at(this.nanoseconds).offset);
  }

  in(location: Location): Time {
    return new Time(this.nanoseconds, location);
  }

  add(nanoseconds: bigint): Time {
    return new Time(this.nanoseconds + nanoseconds, this.location);
  }

  format(layout: string): string {
    const { offset, name } = this.location.at(this.nanoseconds);
    return formatLayout(layout, { ...civilAt(this.nanoseconds, offset), offset, zone: name });
  }

  override toText(): string {
    return this.format(DEFAULT);
  }

  override toData(): Value {
    return this.format(RFC_3339_NANO);
  }

  override method(name: string): GoFunction | undefined {
    const reader = READERS.get(name);
    if (reader !== undefined) return fn(name, [], () => reader(this));
    const test = TESTS.get(name);
    if (test !== undefined)
      return fn(name, ['time.Time'], ([other]) => test(this.nanoseconds, asTime(other)));
    const change = CHANGES.get(name);
    return change === undefined ? undefined : fn(name, change.params, (args) => change.call(this, args));
  }

  /** `AddDate`: the calendar moves on, the clock stays. */
  addDate(years: number, months: number, days: number): Time {
    const { year, month, day } = this.civil;
    const moved = daysFromCivil(year + years, month + months, day + days) - daysFromCivil(year, month, day);
    const { offset } = this.location.at(this.nanoseconds);
    const shifted = this.nanoseconds + BigInt(moved) * DAY;
    const difference = offset - this.location.at(shifted).offset;
    return new Time(shifted + BigInt(difference) * NANOSECONDS, this.location);
  }
}

function asTime(value: Value | undefined): bigint {
  if (value instanceof Time) return value.nanoseconds;
  throw new FunctionError('wrong type for value; expected time.Time');
}

function integers(args: Value[]): number[] {
  return args.map((value) => (value instanceof GoInt ? value.toNumber() : 0));
}

const READERS = new Map<string, (time: Time) => Value>([
  ['Year', ({ civil }) => int(civil.year)],
  ['Month', ({ civil }) => new NamedInt(civil.month, 'time.Month', MONTHS[civil.month - 1] ?? '')],
  ['Day', ({ civil }) => int(civil.day)],
  ['Hour', ({ civil }) => int(civil.hour)],
  ['Minute', ({ civil }) => int(civil.minute)],
  ['Second', ({ civil }) => int(civil.second)],
  ['Nanosecond', ({ civil }) => int(civil.nanosecond)],
  ['Weekday', ({ civil }) => new NamedInt(civil.weekday, 'time.Weekday', WEEKDAYS[civil.weekday] ?? '')],
  ['YearDay', ({ civil }) => int(civil.yearDay)],
  ['Unix', ({ unix }) => int64(unix)],
  ['UnixMilli', ({ nanoseconds }) => int64(floorDivide(nanoseconds, 1_000_000n))],
  ['UnixMicro', ({ nanoseconds }) => int64(floorDivide(nanoseconds, 1000n))],
  ['UnixNano', ({ nanoseconds }) => int64(nanoseconds)],
  ['UTC', (time) => time.in(UTC)],
  ['Local', (time) => time],
  ['IsZero', ({ nanoseconds }) => nanoseconds === ZERO_TIME],
  ['String', (time) => time.toText()],
]);

const TESTS = new Map<string, (a: bigint, b: bigint) => Value>([
  ['Before', (a, b) => a < b],
  ['After', (a, b) => a > b],
  ['Equal', (a, b) => a === b],
  ['Compare', (a, b) => int(a < b ? -1 : a > b ? 1 : 0)],
  ['Sub', (a, b) => new Duration(a - b)],
]);

const CHANGES = new Map<string, { params: string[]; call(time: Time, args: Value[]): Value }>([
  [
    'Format',
    { params: ['string'], call: (time, [layout]) => time.format(typeof layout === 'string' ? layout : '') },
  ],
  ['Add', { params: ['time.Duration'], call: (time, [by]) => time.add(by instanceof GoInt ? by.value : 0n) }],
  [
    'AddDate',
    {
      params: ['int', 'int', 'int'],
      call: (time, args) => {
        const [years = 0, months = 0, days = 0] = integers(args);
        return time.addDate(years, months, days);
      },
    },
  ],
]);
