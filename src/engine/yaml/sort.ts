const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/**
 * The order of keys in YAML that Helm writes: letters by code, letters after other characters, and runs of
 * digits by their number (`a2` before `a10`). Negative, zero or positive.
 */
export function compareYamlKeys(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let i = 0;
  while (i < limit && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === limit) return a.length - b.length;
  const x = a.charCodeAt(i);
  const y = b.charCodeAt(i);
  if (isAsciiLetter(x) && isAsciiLetter(y)) return x - y;
  return compareFrom(Array.from(a), Array.from(b), false);
}

/** The order of go-yaml 3: as above, but after a digit letters come before other characters. */
export function compareYamlKeysByDigits(a: string, b: string): number {
  return compareFrom(Array.from(a), Array.from(b), true);
}

function isAsciiLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

function compareFrom(a: string[], b: string[], byDigits: boolean): number {
  const at = a.findIndex((character, i) => character !== b[i]);
  const x = a[at];
  const y = b[at];
  if (x === undefined || y === undefined) return a.length - b.length;
  const xLetter = LETTER.test(x);
  const yLetter = LETTER.test(y);
  if (xLetter && yLetter) return codeOf(x) - codeOf(y);
  if (xLetter || yLetter) {
    const lettersFirst = byDigits && DIGIT.test(a[at - 1] ?? '');
    return yLetter === lettersFirst ? 1 : -1;
  }
  return compareNumbers(a, b, at);
}

function compareNumbers(a: string[], b: string[], at: number): number {
  const lead = (a[at] === '0' || b[at] === '0') && followsNonZeroDigit(a, at) ? '1' : '';
  const x = digitRun(a, at);
  const y = digitRun(b, at);
  const difference = int64(`${lead}${x}`) - int64(`${lead}${y}`);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  if (x.length !== y.length) return x.length - y.length;
  return codeOf(a[at]) - codeOf(b[at]);
}

/** A digit other than 0 stands in the run of digits before `at`. */
function followsNonZeroDigit(characters: string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && DIGIT.test(characters[i] ?? ''); i--) {
    if (characters[i] !== '0') return true;
  }
  return false;
}

function digitRun(characters: string[], from: number): string {
  let to = from;
  while (/^[0-9]$/.test(characters[to] ?? '')) to++;
  return characters.slice(from, to).join('');
}

function codeOf(character = ''): number {
  return character.codePointAt(0) ?? 0;
}

/** Go counts the digits in an int64, which wraps around. */
function int64(digits: string): bigint {
  return BigInt.asIntN(64, BigInt(digits || '0'));
}
