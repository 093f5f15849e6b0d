/** Character classes of YAML 1.1 as the reader that Helm uses (go-yaml 2) knows them. Codes are UTF-16 units. */

const NEL = 0x85;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;

export const NUL = 0;
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;

/** Space or tab. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** CR, LF, NEL, LS or PS. */
export function isBreak(code: number): boolean {
  return (
    code === LF || code === CR || code === NEL || code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR
  );
}

/** A line break or the end of the text (the scanner ends its text with NUL). */
export function isBreakOrEnd(code: number): boolean {
  return code === NUL || isBreak(code);
}

/** Space, tab, line break or end. */
export function isBlankOrEnd(code: number): boolean {
  if (code > SPACE && code < NEL) return false;
  return isBlank(code) || isBreakOrEnd(code);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters, digits, `_` and `-`: what names of anchors and tags are made of. */
export function isNameCharacter(code: number): boolean {
  if (isDigit(code) || code === 95 || code === 45) return true;
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

/** Value of a hexadecimal digit, -1 when it is none. */
export function hexValue(code: number): number {
  if (isDigit(code)) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
