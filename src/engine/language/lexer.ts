/** Splits a template into tokens, as Go's text/template does. */
import { sprintf } from '../fmt/fmt.js';
import { quote } from '../fmt/quote.js';
import { LineCounter } from './line-counter.js';
import { intOf } from '../value.js';
import { KEYWORDS, type Token, type TokenType } from './token.js';

export interface Delimiters {
  left: string;
  right: string;
}

export const DEFAULT_DELIMITERS: Delimiters = { left: '{{', right: '}}' };

const WORD = /[\p{L}\p{Nd}_]+/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*\.?[0-7_]*|0[bB][01_]*\.?[01_]*|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)i?/y;
const QUOTED = /[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"/y;
const CHARACTER = /[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'/y;
const SPACES = /[ \t\r\n]*/y;
const LEFT_COMMENT = '/*';
const RIGHT_COMMENT = '*/';
const TRIM_LENGTH = 2;

const isSpace = (char: string | undefined): boolean =>
  char === ' ' || char === '\t' || char === '\r' || char === '\n';

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}

/**
 * A pull lexer. After an error token the parser calls {@link recover} to go on behind the broken action, so
 * that one pass finds every problem.
 */
export class Lexer {
  private at = 0;
  private start = 0;
  private insideAction = false;
  private parens = 0;
  private readonly lines: LineCounter;

  constructor(
    private readonly input: string,
    private readonly delimiters: Delimiters = DEFAULT_DELIMITERS,
  ) {
    this.lines = new LineCounter(input);
  }

  next(): Token {
    return this.insideAction ? this.action() : this.text();
  }

  /** Goes on behind the action `from` lies in, or at the next one when that one has no end. */
  recover(from: number): void {
    const { left, right } = this.delimiters;
    const close = this.input.indexOf(right, from);
    const open = this.input.indexOf(left, from);
    if (close < 0 && open < 0) this.at = this.input.length;
    else if (close >= 0 && (open < 0 || close < open)) this.at = close + right.length;
    else this.at = open;
    this.start = this.at;
    this.insideAction = false;
  }

  private emit(type: TokenType, start = this.start): Token {
    const token = { type, pos: start, value: this.input.slice(start, this.at), line: this.lines.at(start) };
    this.start = this.at;
    return token;
  }

  private fail(message: string): Token {
    return { type: 'error', pos: this.start, value: message, line: this.lines.at(this.start) };
  }

  private text(): Token {
    for (;;) {
      const open = this.input.indexOf(this.delimiters.left, this.at);
      const end = open < 0 ? this.input.length : open;
      if (end > this.at) {
        const token = this.textUntil(end, open >= 0);
        if (token) return token;
      }
      if (open < 0) return this.emit('eof');
      const token = this.leftDelim();
      if (token) return token;
    }
  }

  /** The text before an action; undefined when a trim marker leaves nothing of it. */
  private textUntil(end: number, beforeAction: boolean): Token | undefined {
    const trimmed = beforeAction && this.isLeftTrim(end + this.delimiters.left.length);
    this.at = trimmed ? this.trimEnd(end) : end;
    const token = this.emit('text');
    this.at = end;
    this.start = end;
    return token.value === '' ? undefined : token;
  }

  private trimEnd(end: number): number {
    let cut = end;
    while (cut > this.start && isSpace(this.input[cut - 1])) cut--;
    return cut;
  }

  private isLeftTrim(index: number): boolean {
    return this.input[index] === '-' && isSpace(this.input[index + 1]);
  }

  /** The start of an action; undefined after a comment, which leaves no token. */
  private leftDelim(): Token | undefined {
    this.at += this.delimiters.left.length;
    const marker = this.isLeftTrim(this.at) ? TRIM_LENGTH : 0;
    if (this.input.startsWith(LEFT_COMMENT, this.at + marker)) {
      this.at += marker;
      this.start = this.at;
      return this.comment();
    }
    const token = this.emit('leftDelim');
    this.insideAction = true;
    this.parens = 0;
    this.at += marker;
    this.start = this.at;
    return token;
  }

  private comment(): Token | undefined {
    const close = this.input.indexOf(RIGHT_COMMENT, this.at + LEFT_COMMENT.length);
    if (close < 0) return this.fail('unclosed comment');
    const end = close + RIGHT_COMMENT.length;
    const width = this.rightDelimWidth(end);
    if (width === 0) return this.fail('comment ends before closing delimiter');
    this.at = end + width;
    if (width > this.delimiters.right.length) this.skipSpaces();
    this.start = this.at;
    return undefined;
  }

  private skipSpaces(): void {
    this.at += matchAt(SPACES, this.input, this.at)?.length ?? 0;
  }

  /** Width of the right delimiter at `index`, with its trim marker; 0 when there is none. */
  private rightDelimWidth(index: number): number {
    const { right } = this.delimiters;
    if (this.isRightTrim(index)) return TRIM_LENGTH + right.length;
    return this.input.startsWith(right, index) ? right.length : 0;
  }

  private isRightTrim(index: number): boolean {
    return (
      isSpace(this.input[index]) &&
      this.input[index + 1] === '-' &&
      this.input.startsWith(this.delimiters.right, index + TRIM_LENGTH)
    );
  }

  private rightDelim(width: number): Token {
    const { right } = this.delimiters;
    const trims = width > right.length;
    if (trims) this.at += TRIM_LENGTH;
    this.start = this.at;
    this.at += right.length;
    const token = this.emit('rightDelim');
    if (trims) this.skipSpaces();
    this.start = this.at;
    this.insideAction = false;
    return token;
  }

  private action(): Token {
    const width = this.rightDelimWidth(this.at);
    if (width > 0) return this.parens === 0 ? this.rightDelim(width) : this.fail('unclosed left paren');
    const char = this.input[this.at];
    if (char === undefined) return this.fail('unclosed action');
    if (isSpace(char)) return this.space();
    return this.simple(char) ?? this.literal(char) ?? this.word(char) ?? this.other();
  }

  private space(): Token {
    this.skipSpaces();
    // The last blank may belong to a trim marker.
    if (!this.isRightTrim(this.at - 1)) return this.emit('space');
    this.at--;
    return this.at === this.start ? this.rightDelim(this.rightDelimWidth(this.at)) : this.emit('space');
  }

  private simple(char: string): Token | undefined {
    switch (char) {
      case '=':
        return this.single('assign');
      case '|':
        return this.single('pipe');
      case ':':
        this.at++;
        if (this.input[this.at] !== '=') return this.fail('expected :=');
        return this.single('declare');
      case '(':
        this.parens++;
        return this.single('leftParen');
      case ')':
        this.at++;
        if (--this.parens < 0) return this.fail('unexpected right paren');
        return this.emit('rightParen');
      default:
        return undefined;
    }
  }

  private single(type: TokenType): Token {
    this.at++;
    return this.emit(type);
  }

  private literal(char: string): Token | undefined {
    if (char === '"') return this.delimited(QUOTED, 'string', 'unterminated quoted string');
    if (char === "'") return this.delimited(CHARACTER, 'charConstant', 'unterminated character constant');
    if (char === '`') return this.rawString();
    const numeric = char === '.' ? this.input[this.at + 1] : char;
    if (/[0-9]/.test(numeric ?? '') || char === '+' || char === '-') return this.number();
    return undefined;
  }

  private delimited(pattern: RegExp, type: TokenType, problem: string): Token {
    const body = matchAt(pattern, this.input, this.at + 1);
    if (body === undefined) return this.fail(problem);
    this.at += 1 + body.length;
    return this.emit(type);
  }

  private rawString(): Token {
    const close = this.input.indexOf('`', this.at + 1);
    if (close < 0) return this.fail('unterminated raw quoted string');
    this.at = close + 1;
    return this.emit('rawString');
  }

  private number(): Token {
    if (!this.scanNumber()) return this.badNumber();
    const sign = this.input[this.at];
    if (sign !== '+' && sign !== '-') return this.emit('number');
    if (!this.scanNumber() || this.input[this.at - 1] !== 'i') return this.badNumber();
    return this.emit('complex');
  }

  /** False when a letter follows the number; it then belongs to the bad text. */
  private scanNumber(): boolean {
    this.at += matchAt(NUMBER, this.input, this.at)?.length ?? 0;
    const tail = matchAt(WORD, this.input, this.at);
    if (tail === undefined) return true;
    this.at += String.fromCodePoint(tail.codePointAt(0) ?? 0).length;
    return false;
  }

  private badNumber(): Token {
    return this.fail(`bad number syntax: ${quote(this.input.slice(this.start, this.at))}`);
  }

  private word(char: string): Token | undefined {
    if (char === '.' || char === '$') return this.fieldOrVariable(char === '.' ? 'field' : 'variable');
    const word = matchAt(WORD, this.input, this.at);
    if (word === undefined) return undefined;
    this.at += word.length;
    if (!this.atTerminator()) return this.badCharacter();
    if (word === 'true' || word === 'false') return this.emit('bool');
    return this.emit(KEYWORDS.get(word) ?? 'identifier');
  }

  private fieldOrVariable(type: 'field' | 'variable'): Token {
    this.at++;
    if (this.atTerminator()) return this.emit(type === 'field' ? 'dot' : 'variable');
    this.at += matchAt(WORD, this.input, this.at)?.length ?? 0;
    return this.atTerminator() ? this.emit(type) : this.badCharacter();
  }

  private atTerminator(): boolean {
    const char = this.input[this.at];
    if (char === undefined || isSpace(char) || '.,|:)('.includes(char)) return true;
    return this.input.startsWith(this.delimiters.right, this.at);
  }

  private badCharacter(): Token {
    return this.fail(`bad character ${this.shownRune()}`);
  }

  private other(): Token {
    const code = this.input.charCodeAt(this.at);
    if (code > 0x20 && code < 0x7f) return this.single('char');
    return this.fail(`unrecognized character in action: ${this.shownRune()}`);
  }

  private shownRune(): string {
    const code = this.input.codePointAt(this.at) ?? 0xfffd;
    const rune = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
    return sprintf('%#U', [intOf('int32', rune)]);
  }
}
