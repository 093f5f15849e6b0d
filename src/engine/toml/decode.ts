import { TomlDate, TomlError, parse } from 'smol-toml';
import { Time } from '../time/time.js';
import { fixedZone } from '../time/zone.js';
import { type Value, int64 } from '../value.js';

/** A TOML text as BurntSushi/toml decodes it: integers are int64. Throws an Error that says what is wrong. */
export function parseToml(text: string): Map<string, Value> {
  try {
    return tableOf(parse(text, { integersAsBigInt: true }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0] ?? '';
    throw new Error(`toml: line ${error.line}: ${reason}`, { cause: error });
  }
}

function tableOf(table: object): Map<string, Value> {
  return new Map(Object.entries(table).map(([key, value]: [string, unknown]) => [key, valueOf(value)]));
}

function valueOf(value: unknown): Value {
  if (Array.isArray(value)) return value.map(valueOf);
  if (typeof value === 'bigint') return int64(value);
  if (value instanceof TomlDate) return dateOf(value);
  if (typeof value === 'object' && value !== null) return tableOf(value);
  return value as string | number | boolean;
}

function dateOf(date: TomlDate): Value {
  const nanoseconds = BigInt(date.getTime()) * 1_000_000n;
  const zone = /([+-])(\d\d):(\d\d)$/.exec(date.toISOString());
  if (zone === null) return new Time(nanoseconds);
  const offset = (Number(zone[2]) * 60 + Number(zone[3])) * (zone[1] === '-' ? -60 : 60);
  return new Time(nanoseconds, fixedZone('', offset));
}
