/** Integers of Go, with their types and their wrap-around. */

export type IntKind =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'uintptr';

const SMALL_MIN = -16;
const SMALL_MAX = 256;
const WIDTH: Record<IntKind, number> = {
  int: 64,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  uintptr: 64,
};

/** True for `uint…` and `uintptr`. */
export function isUnsigned(kind: IntKind): boolean {
  return kind.startsWith('u');
}

/**
 * An integer of Go. Make one with {@link int}, {@link int64} or {@link intOf}: these wrap around as Go does.
 * Named integer types (time.Duration) are subclasses that override `type` and `toText`.
 */
export class GoInt {
  constructor(
    readonly value: bigint,
    readonly kind: IntKind,
  ) {}

  /** Go's name of the type (`%T`). */
  get type(): string {
    return this.kind;
  }

  /** The result of the type's String method, undefined when it has none. */
  toText(): string | undefined {
    return undefined;
  }

  /** The nearest JavaScript number; exact up to 2^53. */
  toNumber(): number {
    return Number(this.value);
  }

  /** Decimal digits; the fmt package and not this decides how values print in templates. */
  toString(): string {
    return this.value.toString();
  }
}

const smallInts = new Map<IntKind, GoInt[]>();

/** The integer of `kind` that `value` is after Go's wrap-around. */
export function intOf(kind: IntKind, value: bigint | number): GoInt {
  if (typeof value === 'number' && value >= SMALL_MIN && value <= SMALL_MAX && Number.isInteger(value)) {
    return smallInt(kind, value);
  }
  const big = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  const wrapped = isUnsigned(kind) ? BigInt.asUintN(WIDTH[kind], big) : BigInt.asIntN(WIDTH[kind], big);
  return new GoInt(wrapped, kind);
}

function smallInt(kind: IntKind, value: number): GoInt {
  if ((value < 0 && isUnsigned(kind)) || (value > 127 && WIDTH[kind] === 8)) {
    return intOf(kind, BigInt(value));
  }
  let row = smallInts.get(kind);
  if (!row) {
    row = [];
    for (let i = SMALL_MIN; i <= SMALL_MAX; i++) row.push(new GoInt(BigInt(i), kind));
    smallInts.set(kind, row);
  }
  return row[value - SMALL_MIN] ?? new GoInt(BigInt(value), kind);
}

/** A Go `int`. */
export const int = (value: bigint | number): GoInt => intOf('int', value);
/** A Go `int64`. */
export const int64 = (value: bigint | number): GoInt => intOf('int64', value);
