import { readBlockScalar } from './block-scalar.js';
import { NUL, SPACE, TAB, isBlankOrEnd, isBreak, isBreakOrEnd } from './characters.js';
import { Cursor } from './cursor.js';
import { Mark, YamlError, scannerError } from './error.js';
import { readPlainScalar } from './plain-scalar.js';
import { readQuotedScalar } from './quoted-scalar.js';
import { readerProblem } from './reader.js';
import { SimpleKeys } from './simple-keys.js';
import { readAnchor, readDirective, readTag } from './tags.js';
import { Token, TokenType } from './tokens.js';

/** Deepest nesting of blocks and of flow collections. */
const MAX_DEPTH = 10_000;

/** Characters a plain scalar cannot start with; `-`, `?` and `:` can when no blank follows. */
const INDICATORS = new Set(Array.from('-?:,[]{}#&*!|>\'"%@`', (character) => character.charCodeAt(0)));
const MINUS = 45;
const QUESTION = 63;
const COLON = 58;
const HASH = 35;
const PERCENT = 37;

/**
 * Turns a YAML text into tokens, with the rules (YAML 1.1), limits and messages of go-yaml 2.
 * Throws `YamlError`.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #keys = new SimpleKeys();
  #tokens: Token[] = [];
  #head = 0;
  /** Tokens handed out before `#tokens[#head]`. */
  #parsed = 0;
  #indent = -1;
  #indents: number[] = [];
  #flowLevel = 0;
  #simpleKeyAllowed = true;
  readonly #fetchers: ReadonlyMap<number, () => void>;

  constructor(text: string) {
    const body = text.startsWith('\ufeff') ? text.slice(1) : text;
    const problem = readerProblem(body);
    if (problem !== undefined) throw new YamlError(problem);
    this.#cursor = new Cursor(`${body}\0`);
    this.#fetchers = this.indicatorFetchers();
  }

  /** The next token, which stays next. */
  peek(): Token {
    for (;;) {
      const token = this.#tokens[this.#head];
      if (token !== undefined && !this.#keys.mayStartAt(this.#parsed, this.#cursor)) return token;
      this.fetch();
    }
  }

  /** Passes the token `peek` gave. */
  skip(): void {
    this.#head++;
    this.#parsed++;
    if (this.#head === this.#tokens.length) {
      this.#tokens = [];
      this.#head = 0;
    }
  }

  private fetch(): void {
    this.skipToToken();
    const cursor = this.#cursor;
    this.unrollIndent(cursor.column);
    const code = cursor.code();
    if (code === NUL) return this.fetchStreamEnd();
    if (cursor.column === 0 && code === PERCENT) return this.fetchDirective();
    if (cursor.atDocumentIndicator(isBlankOrEnd)) return this.fetchDocumentIndicator(code);
    const fetcher = this.#fetchers.get(code);
    if (fetcher !== undefined && this.isIndicator(code)) return fetcher();
    if (this.startsPlainScalar(code)) return this.fetchPlainScalar();
    const mark = cursor.mark();
    throw scannerError('found character that cannot start any token', mark, mark);
  }

  /** `-`, `?` and `:` are indicators before a blank (the last two always inside `[]` and `{}`); `|` and `>` in blocks. */
  private isIndicator(code: number): boolean {
    if (code === MINUS) return isBlankOrEnd(this.#cursor.code(1));
    if (code === QUESTION || code === COLON) return this.#flowLevel > 0 || isBlankOrEnd(this.#cursor.code(1));
    if (code === 124 || code === 62) return this.#flowLevel === 0;
    return true;
  }

  private startsPlainScalar(code: number): boolean {
    if (!isBlankOrEnd(code) && !INDICATORS.has(code)) return true;
    if (code === MINUS) return true;
    return this.#flowLevel === 0 && (code === QUESTION || code === COLON);
  }

  private indicatorFetchers(): ReadonlyMap<number, () => void> {
    const entries: [string, () => void][] = [
      ['[', () => this.fetchFlowStart('flow-sequence-start')],
      ['{', () => this.fetchFlowStart('flow-mapping-start')],
      [']', () => this.fetchFlowEnd('flow-sequence-end')],
      ['}', () => this.fetchFlowEnd('flow-mapping-end')],
      [',', () => this.fetchFlowEntry()],
      ['-', () => this.fetchBlockEntry()],
      ['?', () => this.fetchKey()],
      [':', () => this.fetchValue()],
      ['*', () => this.fetchNamed(() => readAnchor(this.#cursor, 'alias'))],
      ['&', () => this.fetchNamed(() => readAnchor(this.#cursor, 'anchor'))],
      ['!', () => this.fetchNamed(() => readTag(this.#cursor))],
      ['|', () => this.fetchBlockScalar(true)],
      ['>', () => this.fetchBlockScalar(false)],
      ["'", () => this.fetchQuotedScalar()],
      ['"', () => this.fetchQuotedScalar()],
    ];
    return new Map(entries.map(([indicator, fetcher]) => [indicator.charCodeAt(0), fetcher]));
  }

  /** Passes white space, comments and line breaks. */
  private skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      for (
        let code = cursor.code();
        code === SPACE || (code === TAB && this.tabsAllowed());
        code = cursor.code()
      ) {
        cursor.skip();
      }
      if (cursor.code() === HASH) {
        while (!isBreakOrEnd(cursor.code())) cursor.skip();
      }
      if (!isBreak(cursor.code())) return;
      cursor.skipLine();
      if (this.#flowLevel === 0) this.#simpleKeyAllowed = true;
    }
  }

  private tabsAllowed(): boolean {
    return this.#flowLevel > 0 || !this.#simpleKeyAllowed;
  }

  private push(type: TokenType, mark: Mark = this.#cursor.mark()): void {
    this.#tokens.push({ type, mark });
  }

  /** Pushes a token of `length` characters and passes them. */
  private consume(type: TokenType, length = 1): void {
    this.push(type);
    this.#cursor.skip(length);
  }

  private nextTokenNumber(): number {
    return this.#parsed + this.#tokens.length - this.#head;
  }

  /** Inserts a token before the one with the given number. */
  private insert(type: TokenType, mark: Mark, number: number): void {
    this.#tokens.splice(this.#head + number - this.#parsed, 0, { type, mark });
  }

  private saveSimpleKey(): void {
    if (!this.#simpleKeyAllowed) return;
    const cursor = this.#cursor;
    const required = this.#flowLevel === 0 && this.#indent === cursor.column;
    this.#keys.save({ required, tokenNumber: this.nextTokenNumber(), mark: cursor.mark() }, cursor);
  }

  /** Opens a block at `column` when it is deeper than the present one. */
  private rollIndent(column: number, type: TokenType, mark: Mark, number = this.nextTokenNumber()): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > MAX_DEPTH) {
      throw scannerError(`exceeded max depth of ${MAX_DEPTH}`, this.#cursor.mark(), mark);
    }
    this.insert(type, mark, number);
  }

  /** Closes the blocks deeper than `column`. */
  private unrollIndent(column: number): void {
    if (this.#flowLevel > 0) return;
    while (this.#indent > column) {
      this.push('block-end');
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  private fetchStreamEnd(): void {
    this.#cursor.forceNewLine();
    this.endBlocks();
    this.push('stream-end');
  }

  private fetchDirective(): void {
    this.endBlocks();
    this.#tokens.push(readDirective(this.#cursor));
  }

  private fetchDocumentIndicator(code: number): void {
    this.endBlocks();
    this.consume(code === MINUS ? 'document-start' : 'document-end', 3);
  }

  private endBlocks(): void {
    this.unrollIndent(-1);
    this.#keys.remove(this.#cursor);
    this.#simpleKeyAllowed = false;
  }

  private fetchFlowStart(type: TokenType): void {
    this.saveSimpleKey();
    this.#keys.open();
    this.#flowLevel++;
    if (this.#flowLevel > MAX_DEPTH) {
      const mark = this.#cursor.mark();
      throw scannerError(`exceeded max depth of ${MAX_DEPTH}`, mark, mark);
    }
    this.#simpleKeyAllowed = true;
    this.consume(type);
  }

  private fetchFlowEnd(type: TokenType): void {
    this.#keys.remove(this.#cursor);
    if (this.#flowLevel > 0) {
      this.#flowLevel--;
      this.#keys.close();
    }
    this.#simpleKeyAllowed = false;
    this.consume(type);
  }

  private fetchFlowEntry(): void {
    this.#keys.remove(this.#cursor);
    this.#simpleKeyAllowed = true;
    this.consume('flow-entry');
  }

  private fetchBlockEntry(): void {
    this.startBlock('block-sequence-start', 'block sequence entries are not allowed in this context');
    this.#keys.remove(this.#cursor);
    this.#simpleKeyAllowed = true;
    this.consume('block-entry');
  }

  private fetchKey(): void {
    this.startBlock('block-mapping-start', 'mapping keys are not allowed in this context');
    this.#keys.remove(this.#cursor);
    this.#simpleKeyAllowed = this.#flowLevel === 0;
    this.consume('key');
  }

  private fetchValue(): void {
    const key = this.#keys.take(this.#cursor);
    if (key === undefined) {
      this.startBlock('block-mapping-start', 'mapping values are not allowed in this context');
      this.#simpleKeyAllowed = this.#flowLevel === 0;
    } else {
      this.insert('key', key.mark, key.tokenNumber);
      this.rollIndent(key.mark.column, 'block-mapping-start', key.mark, key.tokenNumber);
      this.#simpleKeyAllowed = false;
    }
    this.consume('value');
  }

  /** In block context: an entry may begin here, and opens a block when it is deeper. */
  private startBlock(type: TokenType, problem: string): void {
    if (this.#flowLevel > 0) return;
    const mark = this.#cursor.mark();
    if (!this.#simpleKeyAllowed) throw scannerError(problem, mark, mark);
    this.rollIndent(mark.column, type, mark);
  }

  private fetchNamed(read: () => Token): void {
    this.saveSimpleKey();
    this.#simpleKeyAllowed = false;
    this.#tokens.push(read());
  }

  private fetchBlockScalar(literal: boolean): void {
    this.#keys.remove(this.#cursor);
    this.#simpleKeyAllowed = true;
    const mark = this.#cursor.mark();
    const value = readBlockScalar(this.#cursor, literal, this.#indent);
    this.#tokens.push({ type: 'scalar', mark, value, plain: false });
  }

  private fetchQuotedScalar(): void {
    this.saveSimpleKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#cursor.mark();
    this.#tokens.push({ type: 'scalar', mark, value: readQuotedScalar(this.#cursor), plain: false });
  }

  private fetchPlainScalar(): void {
    this.saveSimpleKey();
    this.#simpleKeyAllowed = false;
    const mark = this.#cursor.mark();
    const scalar = readPlainScalar(this.#cursor, this.#indent + 1, this.#flowLevel > 0);
    this.#tokens.push({ type: 'scalar', mark, value: scalar.text, plain: true });
    if (scalar.endedLine) this.#simpleKeyAllowed = true;
  }
}
