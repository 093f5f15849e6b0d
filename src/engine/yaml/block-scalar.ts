import { NUL, SPACE, TAB, isBlank, isBreak, isBreakOrEnd, isDigit } from './characters.js';
import { Cursor } from './cursor.js';
import { Mark, scannerError } from './error.js';

const MINUS = 45;
const PLUS = 43;
const HASH = 35;

interface BlockHeader {
  chomping: -1 | 0 | 1;
  increment: number;
}

/** Reads a block scalar; `parentIndent` is the column of the block around it, -1 at the top. */
export function readBlockScalar(cursor: Cursor, literal: boolean, parentIndent: number): string {
  const start = cursor.mark();
  cursor.skip();
  const header = readBlockHeader(cursor, start);
  skipToLineEnd(cursor, start);
  const indent = header.increment === 0 ? 0 : Math.max(parentIndent, 0) + header.increment;
  return readBlockLines(new BlockReader(cursor, start, parentIndent, indent), literal, header.chomping);
}

function readBlockHeader(cursor: Cursor, start: Mark): BlockHeader {
  let chomping = readChomping(cursor);
  let increment = 0;
  if (isDigit(cursor.code())) {
    increment = cursor.code() - 48;
    if (increment === 0) {
      throw scannerError('found an indentation indicator equal to 0', cursor.mark(), start);
    }
    cursor.skip();
    if (chomping === 0) chomping = readChomping(cursor);
  }
  return { chomping, increment };
}

function readChomping(cursor: Cursor): -1 | 0 | 1 {
  const code = cursor.code();
  if (code !== PLUS && code !== MINUS) return 0;
  cursor.skip();
  return code === PLUS ? 1 : -1;
}

/** Passes blanks, a comment and the line break. */
function skipToLineEnd(cursor: Cursor, start: Mark): void {
  while (isBlank(cursor.code())) cursor.skip();
  if (cursor.code() === HASH) {
    while (!isBreakOrEnd(cursor.code())) cursor.skip();
  }
  if (!isBreakOrEnd(cursor.code())) {
    throw scannerError('did not find expected comment or line break', cursor.mark(), start);
  }
  cursor.skipLine();
}

/** Passes indentation and empty lines of a block scalar, and finds its indentation at the first line. */
class BlockReader {
  constructor(
    readonly cursor: Cursor,
    private readonly start: Mark,
    private readonly parentIndent: number,
    public indent: number,
  ) {}

  /** The line breaks passed. */
  breaks(): string {
    const { cursor } = this;
    let breaks = '';
    let deepest = 0;
    for (;;) {
      while (this.withinIndent() && cursor.code() === SPACE) cursor.skip();
      deepest = Math.max(deepest, cursor.column);
      if (this.withinIndent() && cursor.code() === TAB) {
        const problem = 'found a tab character where an indentation space is expected';
        throw scannerError(problem, cursor.mark(), this.start);
      }
      if (!isBreak(cursor.code())) break;
      breaks += cursor.readBreak();
    }
    if (this.indent === 0) this.indent = Math.max(deepest, this.parentIndent + 1, 1);
    return breaks;
  }

  private withinIndent(): boolean {
    return this.indent === 0 || this.cursor.column < this.indent;
  }
}

function readBlockLines(reader: BlockReader, literal: boolean, chomping: number): string {
  const { cursor } = reader;
  let text = '';
  let leadingBreak = '';
  let trailingBreaks = reader.breaks();
  let leadingBlank = false;
  while (cursor.column === reader.indent && cursor.code() !== NUL) {
    const blank = isBlank(cursor.code());
    const folds = !literal && !leadingBlank && !blank && leadingBreak === '\n';
    text += folds ? (trailingBreaks === '' ? ' ' : '') : leadingBreak;
    text += trailingBreaks;
    leadingBlank = blank;
    const from = cursor.index;
    while (!isBreakOrEnd(cursor.code())) cursor.skip();
    text += cursor.text.slice(from, cursor.index);
    leadingBreak = cursor.readBreak();
    trailingBreaks = reader.breaks();
  }
  if (chomping !== -1) text += leadingBreak;
  if (chomping === 1) text += trailingBreaks;
  return text;
}
