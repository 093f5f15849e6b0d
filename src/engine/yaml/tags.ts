import { hexValue, isBlank, isBlankOrEnd, isBreakOrEnd, isDigit, isNameCharacter } from './characters.js';
import { Cursor } from './cursor.js';
import { Mark, scannerError } from './error.js';
import { Token } from './tokens.js';

/** Reads directives, tags, anchors and aliases. */

const HASH = 35;
const PERCENT = 37;
const DOT = 46;
const LESS = 60;
const GREATER = 62;
const BANG = 33;

const URI_CHARACTERS = new Set(Array.from(";/?:@&=+$,.!~*'()[]%", (character) => character.charCodeAt(0)));
/** What may follow an anchor or alias beside white space. */
const AFTER_ANCHOR = new Set(Array.from('?:,]}%@`', (character) => character.charCodeAt(0)));

export function readAnchor(cursor: Cursor, type: 'anchor' | 'alias'): Token {
  const mark = cursor.mark();
  cursor.skip();
  const value = readName(cursor);
  const after = cursor.code();
  if (value === '' || !(isBlankOrEnd(after) || AFTER_ANCHOR.has(after))) {
    throw scannerError('did not find expected alphabetic or numeric character', cursor.mark(), mark);
  }
  return { type, mark, value };
}

/** Reads `!<uri>`, `!suffix` or `!handle!suffix`. */
export function readTag(cursor: Cursor): Token {
  const mark = cursor.mark();
  const token = cursor.code(1) === LESS ? readVerbatimTag(cursor, mark) : readShorthandTag(cursor, mark);
  if (!isBlankOrEnd(cursor.code())) {
    throw scannerError('did not find expected whitespace or line break', cursor.mark(), mark);
  }
  return token;
}

function readVerbatimTag(cursor: Cursor, mark: Mark): Token {
  cursor.skip(2);
  const suffix = readTagUri(cursor, '', mark);
  if (cursor.code() !== GREATER) throw scannerError("did not find the expected '>'", cursor.mark(), mark);
  cursor.skip();
  return { type: 'tag', mark, value: '', suffix };
}

function readShorthandTag(cursor: Cursor, mark: Mark): Token {
  const handle = readTagHandle(cursor, false, mark);
  if (handle.length > 1 && handle.endsWith('!')) {
    return { type: 'tag', mark, value: handle, suffix: readTagUri(cursor, '', mark) };
  }
  const suffix = readTagUri(cursor, handle, mark);
  return suffix === ''
    ? { type: 'tag', mark, value: '', suffix: '!' }
    : { type: 'tag', mark, value: '!', suffix };
}

function readTagHandle(cursor: Cursor, directive: boolean, mark: Mark): string {
  if (cursor.code() !== BANG) throw scannerError("did not find expected '!'", cursor.mark(), mark);
  cursor.skip();
  const handle = `!${readName(cursor)}`;
  if (cursor.code() === BANG) {
    cursor.skip();
    return `${handle}!`;
  }
  if (directive && handle !== '!') throw scannerError("did not find expected '!'", cursor.mark(), mark);
  return handle;
}

/** Reads a tag's URI; `head` is a handle already passed that turned out to be its beginning. */
function readTagUri(cursor: Cursor, head: string, mark: Mark): string {
  let uri = head.slice(1);
  let found = head !== '';
  for (let code = cursor.code(); isNameCharacter(code) || URI_CHARACTERS.has(code); code = cursor.code()) {
    uri += code === PERCENT ? readUriEscape(cursor, mark) : cursor.text.charAt(cursor.index);
    if (code !== PERCENT) cursor.skip();
    found = true;
  }
  if (!found) throw scannerError('did not find expected tag URI', cursor.mark(), mark);
  return uri;
}

function readUriEscape(cursor: Cursor, mark: Mark): string {
  const high = hexValue(cursor.code(1));
  const low = hexValue(cursor.code(2));
  if (high < 0 || low < 0) throw scannerError('did not find URI escaped octet', cursor.mark(), mark);
  cursor.skip(3);
  return String.fromCharCode(high * 16 + low);
}

/** Reads `%YAML 1.1` or `%TAG !h! prefix`, to the end of the line. */
export function readDirective(cursor: Cursor): Token {
  const mark = cursor.mark();
  cursor.skip();
  const name = readDirectiveName(cursor, mark);
  skipBlanks(cursor);
  let token: Token;
  if (name === 'YAML') {
    token = { type: 'version-directive', mark, value: readVersion(cursor, mark) };
  } else if (name === 'TAG') {
    token = readTagDirective(cursor, mark);
  } else {
    throw scannerError('found unknown directive name', cursor.mark(), mark);
  }
  endDirective(cursor, mark);
  return token;
}

function readDirectiveName(cursor: Cursor, mark: Mark): string {
  const name = readName(cursor);
  if (name === '') throw scannerError('could not find expected directive name', cursor.mark(), mark);
  if (!isBlankOrEnd(cursor.code())) {
    throw scannerError('found unexpected non-alphabetical character', cursor.mark(), mark);
  }
  return name;
}

function readTagDirective(cursor: Cursor, mark: Mark): Token {
  const value = readTagHandle(cursor, true, mark);
  if (!isBlank(cursor.code())) throw scannerError('did not find expected whitespace', cursor.mark(), mark);
  skipBlanks(cursor);
  const suffix = readTagUri(cursor, '', mark);
  if (!isBlankOrEnd(cursor.code())) {
    throw scannerError('did not find expected whitespace or line break', cursor.mark(), mark);
  }
  return { type: 'tag-directive', mark, value, suffix };
}

function endDirective(cursor: Cursor, mark: Mark): void {
  skipBlanks(cursor);
  if (cursor.code() === HASH) {
    while (!isBreakOrEnd(cursor.code())) cursor.skip();
  }
  if (!isBreakOrEnd(cursor.code())) {
    throw scannerError('did not find expected comment or line break', cursor.mark(), mark);
  }
  cursor.skipLine();
}

function readVersion(cursor: Cursor, mark: Mark): string {
  const major = readVersionNumber(cursor, mark);
  if (cursor.code() !== DOT) {
    throw scannerError("did not find expected digit or '.' character", cursor.mark(), mark);
  }
  cursor.skip();
  return `${major}.${readVersionNumber(cursor, mark)}`;
}

function readVersionNumber(cursor: Cursor, mark: Mark): number {
  const from = cursor.index;
  while (isDigit(cursor.code())) {
    if (cursor.index - from === 2) {
      throw scannerError('found extremely long version number', cursor.mark(), mark);
    }
    cursor.skip();
  }
  if (cursor.index === from) throw scannerError('did not find expected version number', cursor.mark(), mark);
  return Number(cursor.text.slice(from, cursor.index));
}

function readName(cursor: Cursor): string {
  const from = cursor.index;
  while (isNameCharacter(cursor.code())) cursor.skip();
  return cursor.text.slice(from, cursor.index);
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.code())) cursor.skip();
}
