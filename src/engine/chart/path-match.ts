import { FunctionError } from '../errors.js';
import { GoRegexp, quoteMeta } from '../regex/go-regexp.js';

/** Path patterns, turned into RE2 so that no pattern takes long. */

/** A pattern of Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a]`, `\x`. Throws FunctionError for a bad pattern. */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const regexp = GoRegexp.compile(`^(?s:${translate(pattern, false)})$`);
  return (path) => regexp.matches(path);
}

/**
 * A pattern of gobwas/glob with `/` as separator, as `.Files.Glob` takes it: also `**`, `[!a]`, `{a,b}`.
 * Throws FunctionError for a bad pattern.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const regexp = GoRegexp.compile(`^(?s:${translate(pattern, true)})$`);
  return (path) => regexp.matches(path);
}

const bad = (): FunctionError => new FunctionError('syntax error in pattern');

function translate(pattern: string, extended: boolean): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < pattern.length;) {
    const piece = readPiece(pattern, at, extended, depth);
    out += piece.regexp;
    depth += piece.nesting;
    at += piece.length;
  }
  if (depth !== 0) throw bad();
  return out;
}

interface Piece {
  regexp: string;
  length: number;
  /** +1 when it opens a group of alternatives, -1 when it closes one. */
  nesting: number;
}

function readPiece(pattern: string, at: number, extended: boolean, depth: number): Piece {
  const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  if (character === '*') return readStar(pattern, at, extended);
  if (character === '?') return { regexp: '[^/]', length: 1, nesting: 0 };
  if (character === '[') return readClass(pattern, at, extended);
  if (character === '\\') return readEscaped(pattern, at);
  if (extended && character === '{') return { regexp: '(?:', length: 1, nesting: 1 };
  if (depth > 0 && character === '}') return { regexp: ')', length: 1, nesting: -1 };
  if (depth > 0 && character === ',') return { regexp: '|', length: 1, nesting: 0 };
  return { regexp: quoteMeta(character), length: character.length, nesting: 0 };
}

function readStar(pattern: string, at: number, extended: boolean): Piece {
  const stars = /^\*+/.exec(pattern.slice(at))?.[0].length ?? 1;
  const all = extended && stars > 1;
  return { regexp: all ? '.*' : '[^/]*', length: stars, nesting: 0 };
}

function readEscaped(pattern: string, at: number): Piece {
  const next = pattern.codePointAt(at + 1);
  if (next === undefined) throw bad();
  const character = String.fromCodePoint(next);
  return { regexp: quoteMeta(character), length: 1 + character.length, nesting: 0 };
}

function readClass(pattern: string, at: number, extended: boolean): Piece {
  const match = (extended ? /^\[(!?)((?:\\.|[^\]\\])+)\]/su : /^\[(\^?)((?:\\.|[^\]\\])+)\]/su).exec(
    pattern.slice(at),
  );
  if (match === null) throw bad();
  const body = (match[2] ?? '').replaceAll(
    /\\(.)|([[\]^\\])/gsu,
    (_found, escaped?: string, plain?: string) => {
      const character = escaped ?? plain ?? '';
      return /^[A-Za-z0-9]$/.test(character) ? character : `\\${character}`;
    },
  );
  return { regexp: match[1] === '' ? `[${body}]` : `[^${body}]`, length: match[0].length, nesting: 0 };
}
