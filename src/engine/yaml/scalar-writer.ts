import { isBreak } from './characters.js';
import { Analysis, analyzeScalar } from './analysis.js';
import { Writer } from './writer.js';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

const STEP = 2;

const ESCAPES = new Map<number, string>([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);
/** Characters a double-quoted scalar writes as they are, runs of them at once. */
const VERBATIM = /[\x21\x23-\x5b\x5d-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]+/y;

/** Writes a scalar in the wished style, or in the nearest one that can hold it. A key is never folded. */
export function writeScalar(writer: Writer, text: string, wished: ScalarStyle, isKey: boolean): void {
  const analysis = analyzeScalar(text, writer.dialect.tabsInBlocks);
  const style = selectStyle(analysis, text, wished, isKey);
  writer.indented(STEP, STEP, () => {
    if (style === 'plain') writePlain(writer, text, !isKey);
    else if (style === 'single') writeSingleQuoted(writer, text, !isKey);
    else if (style === 'double') writeDoubleQuoted(writer, text, !isKey);
    else writeLiteral(writer, text);
  });
}

function selectStyle(analysis: Analysis, text: string, wished: ScalarStyle, isKey: boolean): ScalarStyle {
  let style = isKey && analysis.multiline ? 'double' : wished;
  if (style === 'plain' && (!analysis.plainAllowed || (text === '' && isKey))) style = 'single';
  if (style === 'single' && !analysis.singleQuotedAllowed) style = 'double';
  if (style === 'literal' && (!analysis.blockAllowed || isKey)) style = 'double';
  return style;
}

function writePlain(writer: Writer, text: string, folds: boolean): void {
  writer.space();
  writeFolded(writer, text, folds, { first: 0, last: text.length });
  writer.mark('text');
}

/** Writes words; at a space after column 80 the line ends instead, but not where two spaces meet. */
function writeFolded(
  writer: Writer,
  text: string,
  folds: boolean,
  range: { first: number; last: number },
): void {
  const words = text.split(' ');
  let at = 0;
  for (const [i, word] of words.entries()) {
    if (i > 0) {
      const between = at > range.first && at < range.last;
      const single = text.charAt(at - 1) !== ' ' && text.charAt(at + 1) !== ' ';
      if (folds && between && single && writer.overflows) writer.writeIndent();
      else writer.write(' ');
      at++;
    }
    if (word !== '') writer.mark('inner-text');
    writer.writeWide(word, columnsOf(word));
    at += word.length;
  }
}

function writeSingleQuoted(writer: Writer, text: string, folds: boolean): void {
  writer.indicator("'", { spaced: true });
  const lines = text.split(/([\u2028\u2029]+)/);
  for (const [i, line] of lines.entries()) {
    if (i % 2 === 1) {
      for (const separator of line) writer.break(separator);
      writer.mark('break');
    } else if (line !== '') {
      if (i > 0) writer.writeIndent();
      const first = i === 0 ? 0 : -1;
      const last = i === lines.length - 1 ? line.length - 1 : line.length;
      writeQuotedWords(writer, line, folds, { first, last });
    }
  }
  writer.indicator("'", { spaced: false });
  writer.mark('text');
}

function writeQuotedWords(
  writer: Writer,
  line: string,
  folds: boolean,
  range: { first: number; last: number },
): void {
  if (!line.includes("'")) return writeFolded(writer, line, folds, range);
  // Doubled quotes move the places; only the ends of the text matter to the range.
  const doubled = line.replaceAll("'", "''");
  writeFolded(writer, doubled, folds, {
    first: range.first,
    last: range.last + doubled.length - line.length,
  });
}

function writeDoubleQuoted(writer: Writer, text: string, folds: boolean): void {
  writer.indicator('"', { spaced: true });
  // A text that begins with a byte order mark is escaped throughout (as go-yaml does).
  const escapeAll = text.startsWith('\ufeff');
  let afterSpace = false;
  for (let at = 0; at < text.length;) {
    const run = escapeAll ? '' : verbatimRun(text, at);
    if (run !== '') {
      writer.write(run);
      at += run.length;
      afterSpace = false;
    } else if (text.charCodeAt(at) === 32 && !escapeAll) {
      const inner = at > 0 && at < text.length - 1;
      writeQuotedSpace(writer, folds && inner && !afterSpace, text.charAt(at + 1) === ' ');
      at++;
      afterSpace = true;
    } else {
      const code = text.codePointAt(at) ?? 0;
      writer.write(escapeOf(code));
      at += code > 0xffff ? 2 : 1;
      afterSpace = false;
    }
  }
  writer.indicator('"', { spaced: false });
  writer.mark('text');
}

function verbatimRun(text: string, at: number): string {
  VERBATIM.lastIndex = at;
  return VERBATIM.exec(text)?.[0] ?? '';
}

function writeQuotedSpace(writer: Writer, mayFold: boolean, spaceFollows: boolean): void {
  if (mayFold && writer.overflows) {
    writer.writeIndent();
    if (spaceFollows) writer.write('\\');
  } else {
    writer.write(' ');
  }
}

function escapeOf(code: number): string {
  const letter = ESCAPES.get(code);
  if (letter !== undefined) return `\\${letter}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function writeLiteral(writer: Writer, text: string): void {
  writer.indicator('|', { spaced: true });
  writer.write(blockHints(text));
  writer.break();
  writer.mark('block-start');
  for (const piece of text.split(/([\n\u2028\u2029])/)) {
    if (piece === '') continue;
    if (isBreak(piece.charCodeAt(0))) {
      writer.break(piece);
      writer.mark('break');
    } else {
      writer.writeIndent();
      writer.writeWide(piece, columnsOf(piece));
      writer.mark('inner-text');
    }
  }
}

/** `2` when the text begins with white space, then `-` (no line break at the end) or `+` (more than one). */
function blockHints(text: string): string {
  const first = text.charCodeAt(0);
  const indent = first === 32 || isBreak(first) ? String(STEP) : '';
  if (!isBreak(text.charCodeAt(text.length - 1))) return `${indent}-`;
  return text.length === 1 || isBreak(text.charCodeAt(text.length - 2)) ? `${indent}+` : indent;
}

function columnsOf(text: string): number {
  // eslint-disable-next-line no-control-regex -- the common case needs no counting
  return /^[\u0000-\ud7ff]*$/.test(text) ? text.length : Array.from(text).length;
}
