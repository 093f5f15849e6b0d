import { FunctionError } from '../errors.js';
import { type CallContext, GoInt, type GoFunction, type Value, fn } from '../value.js';
import { NANOSECONDS } from '../time/civil.js';
import { Duration, formatDuration, parseDuration, roundDuration } from '../time/duration.js';
import { parseTime } from '../time/parse.js';
import { Time, ZERO_TIME } from '../time/time.js';
import { UTC, loadLocation, localZone } from '../time/zone.js';
import { anyArgument, textArgument } from './convert.js';

const ANY = 'interface {}';
const HTML = '2006-01-02';

const nowIn = (context: CallContext): Time =>
  new Time(context.environment.now(), localZone(context.environment));

/** The types of integer that Sprig takes for seconds since 1970. */
function unixSeconds(value: Value, kinds: readonly string[]): bigint | undefined {
  return value instanceof GoInt && kinds.includes(value.type) ? value.value : undefined;
}

/** A time, or seconds since 1970; the present for anything else. */
function instant(value: Value, kinds: readonly string[], context: CallContext): Time {
  if (value instanceof Time) return value;
  const seconds = unixSeconds(value, kinds);
  return seconds === undefined
    ? nowIn(context)
    : new Time(seconds * NANOSECONDS, localZone(context.environment));
}

function dateInZone(layout: string, value: Value, zone: string, context: CallContext): string {
  const time = instant(value, ['int64', 'int', 'int32'], context);
  return time.in(loadLocation(zone, context.environment) ?? UTC).format(layout);
}

function duration(value: Value): string {
  const seconds =
    typeof value === 'string' && /^[+-]?[0-9]+$/.test(value)
      ? BigInt(value.replace(/^\+/, ''))
      : (unixSeconds(value, ['int64']) ?? 0n);
  return formatDuration(BigInt.asIntN(64, seconds * NANOSECONDS));
}

const ROUND_UNITS: [bigint, string][] = [
  [365n * 86_400n * NANOSECONDS, 'y'],
  [30n * 86_400n * NANOSECONDS, 'mo'],
  [86_400n * NANOSECONDS, 'd'],
  [3600n * NANOSECONDS, 'h'],
  [60n * NANOSECONDS, 'm'],
  [NANOSECONDS, 's'],
];

/** The largest unit that the duration exceeds. */
function durationRound(value: Value, context: CallContext): string {
  const nanoseconds = durationOf(value, context);
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const unit = ROUND_UNITS.find(([size]) => magnitude > size);
  return unit === undefined ? '0s' : `${magnitude / unit[0]}${unit[1]}`;
}

function durationOf(value: Value, context: CallContext): bigint {
  if (value instanceof Time) return context.environment.now() - value.nanoseconds;
  if (typeof value === 'string') return attempt(() => parseDuration(value), 0n);
  return unixSeconds(value, ['int64']) ?? 0n;
}

function attempt<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FunctionError) return otherwise;
    throw error;
  }
}

function needTime(value: Value | undefined): Time {
  return value instanceof Time ? value : new Time(ZERO_TIME, UTC);
}

const modify = ([by, time]: Value[]): Value => needTime(time).add(parseDuration(textArgument(by)));
const modifyOrKeep = ([by, time]: Value[]): Value =>
  attempt(() => modify([textArgument(by), needTime(time)]), needTime(time));

function ago(value: Value, context: CallContext): string {
  const elapsed = context.environment.now() - instant(value, ['int64', 'int'], context).nanoseconds;
  return new Duration(roundDuration(elapsed, NANOSECONDS)).toText();
}

const zoned = (name: string): GoFunction =>
  fn(name, ['string', ANY, 'string'], ([layout, value, zone], context) =>
    dateInZone(textArgument(layout), anyArgument(value), textArgument(zone), context),
  );

/** Sprig's date functions. `now` and the local zone come from the caller's environment. */
export const dateFunctions: readonly GoFunction[] = [
  fn('now', [], (_args, context) => nowIn(context)),
  fn('date', ['string', ANY], ([layout, value], context) =>
    dateInZone(textArgument(layout), anyArgument(value), 'Local', context),
  ),
  zoned('dateInZone'),
  zoned('date_in_zone'),
  fn('htmlDate', [ANY], ([value], context) => dateInZone(HTML, anyArgument(value), 'Local', context)),
  fn('htmlDateInZone', [ANY, 'string'], ([value, zone], context) =>
    dateInZone(HTML, anyArgument(value), textArgument(zone), context),
  ),
  fn('dateModify', ['string', 'time.Time'], modifyOrKeep),
  fn('date_modify', ['string', 'time.Time'], modifyOrKeep),
  fn('mustDateModify', ['string', 'time.Time'], modify),
  fn('must_date_modify', ['string', 'time.Time'], modify),
  fn('toDate', ['string', 'string'], ([layout, text], { environment }) =>
    attempt(
      () => parseTime(textArgument(layout), textArgument(text), localZone(environment)),
      new Time(ZERO_TIME, UTC),
    ),
  ),
  fn('mustToDate', ['string', 'string'], ([layout, text], { environment }) =>
    parseTime(textArgument(layout), textArgument(text), localZone(environment)),
  ),
  fn('unixEpoch', ['time.Time'], ([time]) => needTime(time).unix.toString()),
  fn('ago', [ANY], ([value], context) => ago(anyArgument(value), context)),
  fn('duration', [ANY], ([value]) => duration(anyArgument(value))),
  fn('durationRound', [ANY], ([value], context) => durationRound(anyArgument(value), context)),
];
