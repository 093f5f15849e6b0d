import { CR, LF, isBreak } from './characters.js';
import { Mark } from './error.js';

const NEL = 0x85;

/** A reading position in a text that ends with NUL. */
export class Cursor {
  index = 0;
  line = 0;
  #lineStart = 0;

  constructor(readonly text: string) {}

  /** Code unit `ahead` places after the position. */
  code(ahead = 0): number {
    return this.text.charCodeAt(this.index + ahead);
  }

  get column(): number {
    return this.index - this.#lineStart;
  }

  mark(): Mark {
    return { index: this.index, line: this.line, column: this.column };
  }

  skip(count = 1): void {
    this.index += count;
  }

  /** Passes one line break (CR LF is one). */
  skipLine(): void {
    this.readBreak();
  }

  /** Passes one line break and gives what it means in a scalar: LF, or LS and PS themselves. */
  readBreak(): string {
    const code = this.code();
    if (!isBreak(code)) return '';
    this.index += code === CR && this.code(1) === LF ? 2 : 1;
    this.newLine();
    return code === LF || code === CR || code === NEL ? '\n' : String.fromCharCode(code);
  }

  /** At the end of the text: as if a line break had been passed. */
  forceNewLine(): void {
    if (this.column !== 0) this.newLine();
  }

  /** True at a line's beginning on `---` or `...` with white space or the end after it. */
  atDocumentIndicator(isBlankOrEnd: (code: number) => boolean): boolean {
    if (this.column !== 0) return false;
    const code = this.code();
    if (code !== 45 && code !== 46) return false;
    return this.code(1) === code && this.code(2) === code && isBlankOrEnd(this.code(3));
  }

  private newLine(): void {
    this.line++;
    this.#lineStart = this.index;
  }
}
