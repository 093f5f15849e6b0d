import { formatFixed } from '../go/float.js';
import { FunctionError } from '../errors.js';

/** Digits after the point that a division keeps (shopspring/decimal). */
const DIVISION_PRECISION = 16;

/** A decimal number: `coefficient` × 10^-`scale`. What Sprig's `addf`, `mulf` … calculate with. */
export class Decimal {
  private constructor(
    private readonly coefficient: bigint,
    private readonly scale: number,
  ) {}

  /** The shortest decimal that stands for the number. */
  static of(value: number): Decimal {
    if (!Number.isFinite(value)) {
      throw new FunctionError(
        `Cannot create a Decimal from ${Number.isNaN(value) ? 'NaN' : formatFixed(value)}`,
      );
    }
    const [whole = '0', fraction = ''] = formatFixed(value).split('.');
    return new Decimal(BigInt(whole + fraction), fraction.length);
  }

  add(other: Decimal): Decimal {
    return this.aligned(other, (a, b) => a + b);
  }

  subtract(other: Decimal): Decimal {
    return this.aligned(other, (a, b) => a - b);
  }

  multiply(other: Decimal): Decimal {
    return new Decimal(this.coefficient * other.coefficient, this.scale + other.scale);
  }

  /** Rounds half away from zero at 16 digits after the point. */
  divide(other: Decimal): Decimal {
    if (other.coefficient === 0n) throw new FunctionError('decimal division by 0');
    const shift = DIVISION_PRECISION + other.scale - this.scale;
    const numerator = shift > 0 ? this.coefficient * 10n ** BigInt(shift) : this.coefficient;
    const denominator = shift < 0 ? other.coefficient * 10n ** BigInt(-shift) : other.coefficient;
    const quotient = numerator / denominator;
    const rest = absolute(numerator % denominator) * 2n;
    const away = rest < absolute(denominator) ? 0n : numerator < 0n === denominator < 0n ? 1n : -1n;
    return new Decimal(quotient + away, DIVISION_PRECISION);
  }

  toNumber(): number {
    return Number(`${this.coefficient}e${-this.scale}`);
  }

  private aligned(other: Decimal, combine: (a: bigint, b: bigint) => bigint): Decimal {
    const scale = Math.max(this.scale, other.scale);
    const raise = (decimal: Decimal): bigint => decimal.coefficient * 10n ** BigInt(scale - decimal.scale);
    return new Decimal(combine(raise(this), raise(other)), scale);
  }
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
