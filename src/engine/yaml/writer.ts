import type { Dialect } from './dialect.js';

/**
 * The output of the emitter with the state libyaml keeps: the column (in characters), whether white space and
 * whether only indentation came last. Which line breaks and spaces are written follows from these.
 */
export class Writer {
  #parts: string[] = [];
  #whitespace = true;
  #indention = true;
  column = 0;
  /** Column of the present block; -1 at the root. */
  indent = -1;

  constructor(readonly dialect: Dialect) {}

  toString(): string {
    return this.#parts.join('');
  }

  get indention(): boolean {
    return this.#indention;
  }

  /** Longer than a line should be: a fold may come at the next space. */
  get overflows(): boolean {
    return this.column > this.dialect.width;
  }

  /** Writes text without line breaks. */
  write(text: string): void {
    this.#parts.push(text);
    this.column += text.length;
  }

  /** Writes text whose characters take up `columns` columns. */
  writeWide(text: string, columns: number): void {
    this.#parts.push(text);
    this.column += columns;
  }

  /** Ends the line with the given break. */
  break(text = '\n'): void {
    this.#parts.push(text);
    this.column = 0;
  }

  /** Goes to the column of the present block, on a new line if need be. */
  writeIndent(): void {
    const indent = Math.max(this.indent, 0);
    const occupied = this.column > indent || (this.column === indent && !this.#whitespace);
    if (!this.#indention || occupied) this.break();
    if (this.column < indent) this.write(' '.repeat(indent - this.column));
    this.#whitespace = true;
    this.#indention = true;
  }

  /** A space, unless one came last. */
  space(): void {
    if (!this.#whitespace) this.write(' ');
  }

  /** Writes an indicator such as `-` or `:`. After one that indents, a nested block stays on the line. */
  indicator(text: string, options: { spaced: boolean; indents?: boolean }): void {
    if (options.spaced) this.space();
    this.write(text);
    this.#whitespace = false;
    this.#indention = this.#indention && options.indents === true;
  }

  /** What was written last: text, or (in a block scalar) a break, or its first line. */
  mark(state: 'text' | 'inner-text' | 'break' | 'block-start'): void {
    this.#indention = state === 'break' || state === 'block-start';
    if (state === 'text') this.#whitespace = false;
    if (state === 'block-start') this.#whitespace = true;
  }

  /** Runs `write` with the block's column moved right by `by` (from the root to `fromRoot`). */
  indented(by: number, fromRoot: number, write: () => void): void {
    const before = this.indent;
    this.indent = before < 0 ? fromRoot : before + by;
    write();
    this.indent = before;
  }
}
