import { byteLength, byteSlice, fromBytes, toBytes } from '../bytes.js';
import { isLower, isSpace, isTitle, isUpper, lowerCharacter, runes, upperCharacter } from '../go/unicode.js';
import { type Budget, type GoFunction, fn } from '../value.js';
import { toKebabCase, toPascalCase, toSnakeCase } from './cases.js';
import { intArgument, textArgument } from './convert.js';

const ELLIPSIS = '...';

/** Texts shortened to a width in bytes, from a left edge. */
function abbreviate(text: string, offset: number, width: number): string {
  const length = byteLength(text);
  if (text === '' || width < 4) return '';
  if (length <= width) return text;
  const kept = width - ELLIPSIS.length;
  const left = length - Math.min(offset, length) < kept ? length - kept : Math.min(offset, length);
  if (left <= 4) return byteSlice(text, 0, kept) + ELLIPSIS;
  if (width < 7) return '';
  if (left + kept < length) return ELLIPSIS + abbreviate(byteSlice(text, left, length), 0, kept);
  return ELLIPSIS + byteSlice(text, length - kept, length);
}

/** goutils reads bytes as characters here: what is not ASCII comes out as Latin-1. */
function latin1(text: string): string[] {
  return Array.from(toBytes(text), (byte) => String.fromCharCode(byte));
}

function deleteSpace(text: string): string {
  const all = latin1(text);
  const kept = all.filter((character) => !isSpace(character));
  return kept.length === all.length ? text : kept.join('');
}

function initials(text: string): string {
  const all = latin1(text);
  return all.filter((character, i) => !isSpace(character) && (i === 0 || isSpace(all[i - 1] ?? ''))).join('');
}

function uncapitalize(text: string): string {
  let atStart = true;
  return mapRunes(text, (character) => {
    const written = atStart && !isSpace(character) ? lowerCharacter(character) : character;
    atStart = isSpace(character);
    return written;
  });
}

function swapCase(text: string): string {
  return mapRunes(text, (character) => {
    if (isUpper(character) || isTitle(character)) return lowerCharacter(character);
    return isLower(character) ? upperCharacter(character) : character;
  });
}

function mapRunes(text: string, map: (character: string) => string): string {
  return runes(text).map(map).join('');
}

interface Wrapping {
  width: number;
  newLine: string;
  breakWords: boolean;
}

/** Wraps at spaces; a word longer than the width is broken, or else left whole. */
function wrap(text: string, { width, newLine, breakWords }: Wrapping, budget: Budget): string {
  const bytes = latin1(text).join('');
  const lines: string[] = [];
  let at = 0;
  const take = (to: number, next: number): void => {
    budget.grow(newLine.length);
    lines.push(bytes.slice(at, to));
    at = next;
  };
  while (bytes.length - at > width) {
    if (bytes.charAt(at) === ' ') {
      at++;
      continue;
    }
    const space = bytes.lastIndexOf(' ', at + width);
    const beyond = bytes.indexOf(' ', at + width);
    if (space >= at) take(space, space + 1);
    else if (breakWords) take(at + width, at + width);
    else if (beyond >= 0) take(beyond, beyond + 1);
    else break;
  }
  lines.push(bytes.slice(at));
  return lines.map(fromLatin1).join(newLine);
}

function fromLatin1(text: string): string {
  return fromBytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

/** Sprig's functions of words, letter case and width. */
export const wordFunctions: readonly GoFunction[] = [
  fn('abbrev', ['int', 'string'], ([width, text]) =>
    intArgument(width) < 4 ? textArgument(text) : abbreviate(textArgument(text), 0, intArgument(width)),
  ),
  fn('abbrevboth', ['int', 'int', 'string'], ([leftEdge, width, text]) => {
    const [left, right] = [intArgument(leftEdge), intArgument(width)];
    const tooNarrow = right < 4 || (left > 0 && right < 7);
    return tooNarrow ? textArgument(text) : abbreviate(textArgument(text), left, right);
  }),
  fn('nospace', ['string'], ([text]) => deleteSpace(textArgument(text))),
  fn('initials', ['string'], ([text]) => initials(textArgument(text))),
  fn('untitle', ['string'], ([text]) => uncapitalize(textArgument(text))),
  fn('swapcase', ['string'], ([text]) => swapCase(textArgument(text))),
  fn('snakecase', ['string'], ([text]) => toSnakeCase(textArgument(text))),
  fn('kebabcase', ['string'], ([text]) => toKebabCase(textArgument(text))),
  fn('camelcase', ['string'], ([text]) => toPascalCase(textArgument(text))),
  fn('wrap', ['int', 'string'], ([width, text], { budget }) =>
    wrap(
      textArgument(text),
      { width: Math.max(intArgument(width), 1), newLine: '\n', breakWords: false },
      budget,
    ),
  ),
  fn('wrapWith', ['int', 'string', 'string'], ([width, newLine, text], { budget }) => {
    const wrapping = {
      width: Math.max(intArgument(width), 1),
      newLine: textArgument(newLine) || '\n',
      breakWords: true,
    };
    return wrap(textArgument(text), wrapping, budget);
  }),
];
