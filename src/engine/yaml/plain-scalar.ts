import { TAB, isBlank, isBlankOrEnd, isBreak } from './characters.js';
import { Cursor } from './cursor.js';
import { Mark, scannerError } from './error.js';
import { foldBreaks } from './fold.js';

const HASH = 35;
const COLON = 58;

/** Ends a plain scalar inside `[]` and `{}`: `,?[]{}`. */
const FLOW_INDICATORS = new Set([44, 63, 91, 93, 123, 125]);

export interface PlainScalar {
  text: string;
  /** The scalar was followed by a line break: a simple key may come next. */
  endedLine: boolean;
}

/** Reads a plain scalar; `indent` is the least column of its continuation lines, -1 inside `[]` and `{}`. */
export function readPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  const start = cursor.mark();
  let text = '';
  let gap: PlainGap = { join: '', newLine: false };
  for (;;) {
    if (cursor.atDocumentIndicator(isBlankOrEnd) || cursor.code() === HASH) break;
    const from = cursor.index;
    skipPlainRun(cursor, inFlow);
    if (cursor.index > from) {
      text += gap.join + cursor.text.slice(from, cursor.index);
      gap = { join: '', newLine: false };
    }
    const code = cursor.code();
    if (!isBlank(code) && !isBreak(code)) break;
    gap = readPlainGap(cursor, indent, start);
    if (!inFlow && cursor.column < indent) break;
  }
  return { text, endedLine: gap.newLine };
}

function skipPlainRun(cursor: Cursor, inFlow: boolean): void {
  for (let code = cursor.code(); !isBlankOrEnd(code); code = cursor.code()) {
    if (code === COLON && isBlankOrEnd(cursor.code(1))) return;
    if (inFlow && FLOW_INDICATORS.has(code)) return;
    cursor.skip();
  }
}

interface PlainGap {
  /** What stands for the gap when more text follows. */
  join: string;
  newLine: boolean;
}

function readPlainGap(cursor: Cursor, indent: number, start: Mark): PlainGap {
  let leadingBlanks = false;
  let whitespace = '';
  let leadingBreak = '';
  let trailingBreaks = '';
  for (let code = cursor.code(); isBlank(code) || isBreak(code); code = cursor.code()) {
    if (isBlank(code)) {
      if (leadingBlanks && code === TAB && cursor.column < indent) {
        throw scannerError('found a tab character that violates indentation', cursor.mark(), start);
      }
      if (!leadingBlanks) whitespace += cursor.text.charAt(cursor.index);
      cursor.skip();
    } else if (leadingBlanks) {
      trailingBreaks += cursor.readBreak();
    } else {
      leadingBreak = cursor.readBreak();
      leadingBlanks = true;
    }
  }
  if (!leadingBlanks) return { join: whitespace, newLine: false };
  return { join: foldBreaks(leadingBreak, trailingBreaks), newLine: true };
}
