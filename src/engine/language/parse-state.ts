import { TemplateError, type TemplateErrorCode } from '../errors.js';
import type { FunctionMap } from '../value.js';
import { DEFAULT_DELIMITERS, type Delimiters, Lexer } from './lexer.js';
import { positionAt } from './position.js';
import type { Token, TokenType } from './token.js';
import { TokenStream, tokenText } from './token-stream.js';

export interface ParseOptions {
  delimiters?: Delimiters;
  /** Accept names that are no function: for analysis of foreign templates. */
  skipFunctionCheck?: boolean;
}

/** What belongs to one template and not to the text: Go has one parser for each. */
export interface ParseScope {
  vars: string[];
  rangeDepth: number;
  /** Depth of parentheses. */
  nesting: number;
  /** Line the action being parsed starts on; 0 outside of one. */
  actionLine: number;
}

export const newScope = (): ParseScope => ({ vars: ['$'], rangeDepth: 0, nesting: 0, actionLine: 0 });

/** A text with more faults than this is not gone through to its end. */
const MAX_FAULTS = 500;

/** Ends the parse: enough is known. */
export class GiveUp extends Error {}

/** Unwinds to the nearest place the parser can go on from; the problem itself is recorded already. */
class Unwind extends Error {}

/** Where a parse is, the problems it met, and how it goes on behind one. */
export abstract class ParseState {
  readonly problems: TemplateError[] = [];
  protected readonly tokens: TokenStream;
  protected scope = newScope();
  private faults = 0;

  constructor(
    protected readonly name: string,
    protected readonly source: string,
    protected readonly functions: FunctionMap,
    protected readonly options: ParseOptions,
  ) {
    const lexer = new Lexer(source, options.delimiters ?? DEFAULT_DELIMITERS);
    this.tokens = new TokenStream(lexer, { type: 'eof', pos: source.length, value: '', line: 1 });
  }

  protected expect(types: readonly TokenType[], context: string): Token {
    const token = this.tokens.nextNonSpace();
    return types.includes(token.type) ? token : this.unexpected(token, context);
  }

  protected unexpected(token: Token, context: string): never {
    if (token.type !== 'error') return this.fail(`unexpected ${tokenText(token)} in ${context}`);
    const { actionLine } = this.scope;
    if (actionLine === 0 || actionLine === token.line) return this.fail(token.value);
    const where = ` in action started at ${this.name}:${actionLine}`;
    return this.fail(
      token.value + (token.value.endsWith(' action') ? where.slice(' in action'.length) : where),
    );
  }

  protected fail(message: string): never {
    this.report('ParseError', message);
    throw new Unwind();
  }

  /** Records a problem at the newest token; the parse goes on. */
  protected report(code: TemplateErrorCode, problem: string): void {
    if (++this.faults > MAX_FAULTS) throw new GiveUp();
    const { newest } = this.tokens;
    const message = `template: ${this.name}:${newest.line}: ${problem}`;
    if (this.problems.at(-1)?.message === message) return;
    const position = positionAt(this.name, this.source, newest.pos);
    this.problems.push(new TemplateError(code, message, { position }));
  }

  /** Runs a part of the parse; when it fails, goes on behind the action it failed in. */
  protected attempt<T>(part: () => T): T | undefined {
    const start = this.tokens.newest.pos;
    try {
      return part();
    } catch (error) {
      if (!(error instanceof Unwind)) throw error;
      this.declareFrom(start, this.tokens.newest.pos);
      this.tokens.skipAction();
      this.scope.nesting = 0;
      return undefined;
    }
  }

  /** Variables a broken action meant to declare count as declared: one mistake, one problem. */
  private declareFrom(start: number, end: number): void {
    const text = this.source.slice(start, end);
    for (const [, name] of text.matchAll(/(\$[\p{L}\p{Nd}_]+)\s*(?:,[^:=]*)?:=/gu)) {
      if (name !== undefined) this.scope.vars.push(name);
    }
  }
}
