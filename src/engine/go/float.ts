/** Floating-point numbers as Go's strconv and encoding/json print them. */

interface Decimal {
  sign: string;
  /** Shortest digits that give the number back, without a point. */
  digits: string;
  /** Exponent of the first digit: value = d.ddd × 10^exponent. */
  exponent: number;
}

function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return {
    sign: value < 0 || Object.is(value, -0) ? '-' : '',
    digits: mantissa.replace('.', ''),
    exponent: Number(exponent),
  };
}

function scientific({ sign, digits, exponent }: Decimal, pad: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = String(Math.abs(exponent)).padStart(pad, '0');
  return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function positional({ sign, digits, exponent }: Decimal): string {
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '+Inf' : '-Inf';
}

/** `strconv.FormatFloat(value, 'g', -1, 64)`: what `%v` prints; `1234567` gives `1.234567e+06`. */
export function formatGeneral(value: number): string {
  const name = special(value);
  if (name !== undefined) return name;
  const decimal = decimalOf(value);
  return decimal.exponent < -4 || decimal.exponent >= 6 ? scientific(decimal, 2) : positional(decimal);
}

/** `strconv.FormatFloat(value, 'f', -1, 64)`. */
export function formatFixed(value: number): string {
  return special(value) ?? positional(decimalOf(value));
}

/** A finite number as encoding/json writes it: like JavaScript, but `-0` keeps its sign. */
export function formatJson(value: number): string {
  const decimal = decimalOf(value);
  const small = value !== 0 && Math.abs(value) < 1e-6;
  return small || Math.abs(value) >= 1e21 ? scientific(decimal, 1) : positional(decimal);
}

/** The number with the fewest digits that rounds to the same float32. */
export function shortestFloat32(value: number): number {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return single;
}
