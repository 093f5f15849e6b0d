/** Character classes and case as Go's unicode and strings packages have them. */

const SPACE = String.raw`[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const ONE_SPACE = new RegExp(`^${SPACE}$`);
const LEADING = new RegExp(`^${SPACE}+`);
const UPPER = /^\p{Lu}$/u;
const TITLE = /^\p{Lt}$/u;
const LOWER = /^\p{Ll}$/u;
const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const NUMBER = /^\p{N}$/u;
const PUNCTUATION = /^\p{P}$/u;
// eslint-disable-next-line no-control-regex -- plain ASCII is the fast path
const ASCII = /^[\u0000-\u007f]*$/;

export const isSpace = (character: string): boolean => ONE_SPACE.test(character);
export const isUpper = (character: string): boolean => UPPER.test(character);
export const isTitle = (character: string): boolean => TITLE.test(character);
export const isLower = (character: string): boolean => LOWER.test(character);
export const isLetter = (character: string): boolean => LETTER.test(character);
export const isDigit = (character: string): boolean => DIGIT.test(character);
export const isNumber = (character: string): boolean => NUMBER.test(character);
export const isPunctuation = (character: string): boolean => PUNCTUATION.test(character);

/** The characters (code points) of a text. */
export function characters(text: string): string[] {
  return Array.from(text);
}

/** The runes Go finds in a text: a byte that is no UTF-8 counts as U+FFFD and is written so. */
export function runes(text: string): string[] {
  return characters(text.toWellFormed());
}

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  return trimSpaceRight(text.replace(LEADING, ''));
}

function trimSpaceRight(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** `unicode.ToUpper`: one character stays one character. */
export function upperCharacter(character: string): string {
  const upper = character.toUpperCase();
  return characters(upper).length === 1 ? upper : character;
}

/** `unicode.ToLower`. */
export function lowerCharacter(character: string): string {
  return characters(character.toLowerCase())[0] ?? character;
}

/** `strings.ToUpper`. */
export function toUpper(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : runes(text).map(upperCharacter).join('');
}

/** `strings.ToLower`. */
export function toLower(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : runes(text).map(lowerCharacter).join('');
}

/** `strings.Title`: a letter after a separator becomes upper case. */
export function toTitle(text: string): string {
  let previous = ' ';
  return runes(text)
    .map((character) => {
      const written = isSeparator(previous) ? upperCharacter(character) : character;
      previous = character;
      return written;
    })
    .join('');
}

function isSeparator(character: string): boolean {
  if (ASCII.test(character)) return !/[A-Za-z0-9_]/.test(character);
  return !isLetter(character) && !isDigit(character) && isSpace(character);
}
