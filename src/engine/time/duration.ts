import { FunctionError } from '../errors.js';
import { GoInt } from '../value.js';
import { quoteBytes } from './quote.js';

/** A `time.Duration`: nanoseconds that print like `1h30m0s`. */
export class Duration extends GoInt {
  constructor(nanoseconds: bigint) {
    super(BigInt.asIntN(64, nanoseconds), 'int64');
  }

  override get type(): string {
    return 'time.Duration';
  }

  override toText(): string {
    return formatDuration(this.value);
  }
}

const UNITS = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** `time.Duration.String`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (magnitude < 1000n) return `${sign}${magnitude}ns`;
  if (magnitude < 1_000_000n) return `${sign}${fraction(magnitude, 3)}µs`;
  if (magnitude < 1_000_000_000n) return `${sign}${fraction(magnitude, 6)}ms`;
  const minutes = magnitude / 60_000_000_000n;
  const seconds = `${fraction(magnitude % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return `${sign}${minutes >= 60n ? `${minutes / 60n}h` : ''}${minutes % 60n}m${seconds}`;
}

/** `value` / 10^digits without zeros at the end. */
function fraction(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const rest = text.slice(-digits).replace(/0+$/, '');
  return text.slice(0, -digits) + (rest === '' ? '' : `.${rest}`);
}

/** `time.ParseDuration` in nanoseconds. Throws FunctionError with Go's message. */
export function parseDuration(text: string): bigint {
  const match = /^([-+]?)(.*)$/s.exec(text);
  const body = match?.[2] ?? '';
  if (body === '0') return 0n;
  if (body === '') throw new FunctionError(`time: invalid duration ${quoteBytes(text)}`);
  const total = sumParts(body, text);
  if (total > 2n ** 63n - (match?.[1] === '-' ? 0n : 1n))
    throw new FunctionError(`time: invalid duration ${quoteBytes(text)}`);
  return match?.[1] === '-' ? -total : total;
}

function sumParts(body: string, text: string): bigint {
  let total = 0n;
  const part = /([0-9]*)(?:(\.)([0-9]*))?([^0-9.]*)/y;
  while (part.lastIndex < body.length) {
    const [, whole = '', , decimals = '', unit = ''] = part.exec(body) ?? [];
    if (whole === '' && decimals === '')
      throw new FunctionError(`time: invalid duration ${quoteBytes(text)}`);
    if (unit === '') throw new FunctionError(`time: missing unit in duration ${quoteBytes(text)}`);
    const size = UNITS.get(unit);
    if (size === undefined)
      throw new FunctionError(`time: unknown unit ${quoteBytes(unit)} in duration ${quoteBytes(text)}`);
    total += BigInt(whole || '0') * size + (BigInt(decimals || '0') * size) / 10n ** BigInt(decimals.length);
  }
  return total;
}

/** `Duration.Round`: halfway goes away from zero. */
export function roundDuration(nanoseconds: bigint, to: bigint): bigint {
  const rest = nanoseconds % to;
  const magnitude = rest < 0n ? -rest : rest;
  const down = nanoseconds - rest;
  if (magnitude * 2n < to) return down;
  return nanoseconds < 0n ? down - to : down + to;
}
