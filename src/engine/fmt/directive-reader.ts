/** Reads the formats of Go's package fmt. */
import { GoInt, type Value } from '../value.js';
import { type FormatFlags, plainFlags } from './format-flags.js';

/** What one `%` of a format asks for. */
export interface Directive {
  flags: FormatFlags;
  verb: string;
  /** Index of the argument to print. */
  arg: number;
}

const MAX_NUMBER = 1_000_000;

/** Splits a format into plain texts (Go's error texts among them) and directives. */
export class DirectiveReader {
  private at = 0;
  private arg = 0;
  private reordered = false;
  private goodNumber = true;
  private afterIndex = false;
  /** A bad width or precision is told before the operand, which Go still prints. */
  private pending?: string | Directive;

  constructor(
    private readonly format: string,
    private readonly args: readonly Value[],
  ) {}

  /** Arguments no directive used; none when the format chose arguments by number. */
  unread(): readonly Value[] {
    return this.reordered ? [] : this.args.slice(this.arg);
  }

  next(): string | Directive | undefined {
    const { pending } = this;
    this.pending = undefined;
    if (pending) return pending;
    if (this.at >= this.format.length) return undefined;
    const percent = this.format.indexOf('%', this.at);
    if (percent !== this.at) return this.take(percent < 0 ? this.format.length : percent);
    this.at++;
    return this.directive();
  }

  private take(end: number): string {
    const text = this.format.slice(this.at, end);
    this.at = end;
    return text;
  }

  private directive(): string | Directive {
    this.goodNumber = true;
    this.afterIndex = false;
    const flags = this.readFlags();
    let problems = '';
    this.argNumber();
    problems += this.readWidth(flags);
    problems += this.readPrecision(flags);
    if (!this.afterIndex) this.argNumber();
    const found = this.verb(flags);
    if (problems === '') return found;
    this.pending = found;
    return problems;
  }

  private readFlags(): FormatFlags {
    const flags = plainFlags();
    for (; ; this.at++) {
      const char = this.format[this.at];
      if (char === '#') flags.sharp = true;
      else if (char === '0') flags.zero = true;
      else if (char === '+') flags.plus = true;
      else if (char === '-') flags.minus = true;
      else if (char === ' ') flags.space = true;
      else return flags;
    }
  }

  private readWidth(flags: FormatFlags): string {
    if (this.format[this.at] !== '*') {
      flags.width = this.number();
      if (this.afterIndex && flags.width !== undefined) this.goodNumber = false;
      return '';
    }
    this.at++;
    const width = this.intArgument();
    this.afterIndex = false;
    if (width === undefined) return '%!(BADWIDTH)';
    flags.width = Math.abs(width);
    if (width < 0) {
      flags.minus = true;
      flags.zero = false;
    }
    return '';
  }

  private readPrecision(flags: FormatFlags): string {
    if (this.format[this.at] !== '.' || this.at + 1 >= this.format.length) return '';
    this.at++;
    if (this.afterIndex) this.goodNumber = false;
    this.argNumber();
    if (this.format[this.at] !== '*') {
      flags.precision = this.number() ?? 0;
      return '';
    }
    this.at++;
    const precision = this.intArgument();
    this.afterIndex = false;
    if (precision === undefined || precision < 0) return '%!(BADPREC)';
    flags.precision = precision;
    return '';
  }

  /** The number at the cursor; one that is too large ends the format, as in Go. */
  private number(): number | undefined {
    const digits = /^\d+/.exec(this.format.slice(this.at, this.at + 12))?.[0];
    if (digits === undefined) return undefined;
    const value = Number(digits);
    if (value > MAX_NUMBER * 10) {
      this.at = this.format.length;
      return undefined;
    }
    this.at += digits.length;
    return value;
  }

  private intArgument(): number | undefined {
    if (this.arg >= this.args.length) return undefined;
    const value = this.args[this.arg++];
    if (!(value instanceof GoInt)) return undefined;
    const number = value.toNumber();
    return Math.abs(number) > MAX_NUMBER ? undefined : number;
  }

  /** An explicit argument number `[n]` at the cursor. */
  private argNumber(): void {
    this.afterIndex = false;
    if (this.format[this.at] !== '[') return;
    this.reordered = true;
    const close = this.format.indexOf(']', this.at);
    const index = close < 0 ? NaN : this.indexIn(this.at + 1, close);
    this.at = close < 0 ? this.at + 1 : close + 1;
    this.afterIndex = !Number.isNaN(index);
    if (index >= 0 && index < this.args.length) this.arg = index;
    else this.goodNumber = false;
  }

  private indexIn(start: number, end: number): number {
    const text = this.format.slice(start, end);
    return /^\d{1,7}$/.test(text) ? Number(text) - 1 : NaN;
  }

  private verb(flags: FormatFlags): string | Directive {
    const code = this.format.codePointAt(this.at);
    if (code === undefined) return '%!(NOVERB)';
    const verb = String.fromCodePoint(code);
    this.at += verb.length;
    if (verb === '%') return '%';
    if (!this.goodNumber) return `%!${verb}(BADINDEX)`;
    if (this.arg >= this.args.length) return `%!${verb}(MISSING)`;
    if (verb === 'v')
      Object.assign(flags, { sharpV: flags.sharp, sharp: false, plusV: flags.plus, plus: false });
    return { flags, verb, arg: this.arg++ };
  }
}
