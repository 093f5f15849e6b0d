import { quote } from '../fmt/quote.js';
import type { Lexer } from './lexer.js';
import { KEYWORDS, type Token } from './token.js';

/** The tokens of a text with up to three of them put back. */
export class TokenStream {
  /** The newest token first; those put back lie behind it. */
  private readonly tokens: Token[] = [];
  private peeked = 0;

  constructor(
    private readonly lexer: Lexer,
    private readonly end: Token,
  ) {}

  /** The token read last from the text: what messages give the line of. */
  get newest(): Token {
    return this.tokens[0] ?? this.end;
  }

  next(): Token {
    if (this.peeked > 0) this.peeked--;
    else this.tokens[0] = this.lexer.next();
    return this.tokens[this.peeked] ?? this.end;
  }

  /** Puts the last token back. */
  backup(): void {
    this.peeked++;
  }

  /** Puts back the last token and, before it, the ones given: first token first. */
  backupWith(...before: Token[]): void {
    before.toReversed().forEach((token, i) => {
      this.tokens[i + 1] = token;
    });
    this.peeked = before.length + 1;
  }

  peek(): Token {
    const token = this.next();
    this.backup();
    return token;
  }

  nextNonSpace(): Token {
    let token = this.next();
    while (token.type === 'space') token = this.next();
    return token;
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  /** Drops what was put back and goes on behind the action the newest token lies in. */
  skipAction(): void {
    if (this.newest.type !== 'eof') this.lexer.recover(this.newest.pos);
    this.peeked = 0;
  }
}

/** A token as Go's messages show it. */
export function tokenText(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (token.type === 'dot' || KEYWORDS.has(token.type)) return `<${token.value}>`;
  const runes = Array.from(token.value);
  return runes.length > 10 ? `${quote(runes.slice(0, 10).join(''))}...` : quote(token.value);
}
