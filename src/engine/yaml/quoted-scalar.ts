import { NUL, SPACE, TAB, hexValue, isBlank, isBlankOrEnd, isBreak } from './characters.js';
import { Cursor } from './cursor.js';
import { Mark, scannerError } from './error.js';
import { foldBreaks } from './fold.js';

const SINGLE = 39;
const DOUBLE = 34;
const BACKSLASH = 92;

const ESCAPES = new Map<number, string>([
  [48, '\0'],
  [97, '\x07'],
  [98, '\b'],
  [116, '\t'],
  [TAB, '\t'],
  [110, '\n'],
  [118, '\v'],
  [102, '\f'],
  [114, '\r'],
  [101, '\x1b'],
  [SPACE, ' '],
  [DOUBLE, '"'],
  [SINGLE, "'"],
  [BACKSLASH, '\\'],
  [78, '\u0085'],
  [95, '\u00a0'],
  [76, '\u2028'],
  [80, '\u2029'],
]);
const CODE_LENGTH = new Map([
  [120, 2],
  [117, 4],
  [85, 8],
]);

/** Reads a scalar in single or double quotes. */
export function readQuotedScalar(cursor: Cursor): string {
  const start = cursor.mark();
  const quote = cursor.code();
  cursor.skip();
  let text = '';
  for (;;) {
    checkQuotedLine(cursor, start);
    const run = readQuotedRun(cursor, quote, start);
    text += run.text;
    if (cursor.code() === quote) break;
    text += readGap(cursor, run.escapedBreak);
  }
  cursor.skip();
  return text;
}

function checkQuotedLine(cursor: Cursor, start: Mark): void {
  if (cursor.atDocumentIndicator(isBlankOrEnd)) {
    throw scannerError('found unexpected document indicator', cursor.mark(), start);
  }
  if (cursor.code() === NUL) throw scannerError('found unexpected end of stream', cursor.mark(), start);
}

interface QuotedRun {
  text: string;
  /** The run ended with a backslash before a line break. */
  escapedBreak: boolean;
}

/** Reads up to white space, a line break, the end or the closing quote. */
function readQuotedRun(cursor: Cursor, quote: number, start: Mark): QuotedRun {
  let text = '';
  let from = cursor.index;
  for (let code = cursor.code(); !isBlankOrEnd(code); code = cursor.code()) {
    if (code === quote && !(quote === SINGLE && cursor.code(1) === SINGLE)) break;
    if (code === SINGLE && quote === SINGLE) {
      text += cursor.text.slice(from, cursor.index + 1);
      cursor.skip(2);
      from = cursor.index;
    } else if (code === BACKSLASH && quote === DOUBLE) {
      text += cursor.text.slice(from, cursor.index);
      if (isBreak(cursor.code(1))) {
        cursor.skip();
        cursor.skipLine();
        return { text, escapedBreak: true };
      }
      text += readEscape(cursor, start);
      from = cursor.index;
    } else {
      cursor.skip();
    }
  }
  return { text: text + cursor.text.slice(from, cursor.index), escapedBreak: false };
}

function readEscape(cursor: Cursor, start: Mark): string {
  const letter = cursor.code(1);
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    cursor.skip(2);
    return simple;
  }
  const length = CODE_LENGTH.get(letter);
  if (length === undefined) throw scannerError('found unknown escape character', cursor.mark(), start);
  cursor.skip(2);
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = hexValue(cursor.code(i));
    if (digit < 0) throw scannerError('did not find expected hexdecimal number', cursor.mark(), start);
    value = value * 16 + digit;
  }
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
    throw scannerError('found invalid Unicode character escape code', cursor.mark(), start);
  }
  cursor.skip(length);
  return String.fromCodePoint(value);
}

/** White space inside a quoted scalar: kept on one line, folded over lines. */
function readGap(cursor: Cursor, afterEscapedBreak: boolean): string {
  let leadingBlanks = afterEscapedBreak;
  let whitespace = '';
  let leadingBreak = '';
  let trailingBreaks = '';
  for (let code = cursor.code(); isBlank(code) || isBreak(code); code = cursor.code()) {
    if (isBlank(code)) {
      if (!leadingBlanks) whitespace += cursor.text.charAt(cursor.index);
      cursor.skip();
    } else if (leadingBlanks) {
      trailingBreaks += cursor.readBreak();
    } else {
      whitespace = '';
      leadingBreak = cursor.readBreak();
      leadingBlanks = true;
    }
  }
  return leadingBlanks ? foldBreaks(leadingBreak, trailingBreaks) : whitespace;
}
