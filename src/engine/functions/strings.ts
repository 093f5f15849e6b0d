import { byteLength, byteSlice } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { sprint } from '../fmt/fmt.js';
import { quote } from '../fmt/quote.js';
import { characters, runes, toLower, toTitle, toUpper, trimSpace } from '../go/unicode.js';
import { type Budget, type GoFunction, type Value, fn, stringList, stringMap } from '../value.js';
import { anyArgument, intArgument, strval, textArgument, toStrings } from './convert.js';

const ANY = 'interface {}';

/** A function of strings: every argument and the result are text. */
function textFunction(name: string, arity: number, call: (...texts: string[]) => Value): GoFunction {
  const signature = Array.from({ length: arity }, () => 'string');
  return fn(name, signature, (args) => call(...args.map(textArgument)));
}

/** `strings.Split`: without a separator, into characters. */
function splitText(text: string, separator: string, budget: Budget): string[] {
  budget.collect(occurrences(text, separator) + 1);
  return separator === '' ? characters(text) : text.split(separator);
}

/** How often `part` is found in a text, at least; the empty text is found at every place. */
function occurrences(text: string, part: string): number {
  if (part === '') return text.length;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** `strings.SplitN`: at most `limit` parts, all for a negative limit. */
function splitTextN(text: string, separator: string, limit: number, budget: Budget): string[] {
  if (limit === 0) return [];
  const parts = splitText(text, separator, budget);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

/** Parts under the names `_0`, `_1` … */
function numbered(parts: string[]): Value {
  return stringMap(parts.map((part, i) => [`_${i}`, part] as const));
}

function replaceAll(text: string, from: string, to: string, budget: Budget): string {
  if (from === '') {
    budget.collect(text.length);
    const all = characters(text);
    budget.grow((all.length + 1) * (to.length + 1));
    return to + all.map((character) => character + to).join('');
  }
  const count = occurrences(text, from);
  if (count === 0) return text;
  budget.step(count);
  if (to.length > from.length) budget.grow(text.length + count * (to.length - from.length));
  return text.replaceAll(from, () => to);
}

function repeat(count: number, text: string, budget: Budget): string {
  if (count < 0) throw new FunctionError('strings: negative Repeat count');
  budget.grow(count * text.length);
  return text.repeat(count);
}

function indent(spaces: number, text: string, budget: Budget): string {
  const pad = repeat(spaces, ' ', budget);
  return pad + replaceAll(text, '\n', `\n${pad}`, budget);
}

function trimCharacters(text: string, cut: string): string {
  const set = new Set(runes(cut));
  const all = characters(text);
  const isKept = (character: string): boolean => !set.has(character.toWellFormed());
  const first = all.findIndex(isKept);
  if (first < 0) return '';
  const last = all.findLastIndex(isKept);
  return all.slice(first, last + 1).join('');
}

/** Sprig's `trunc`: the first bytes, or the last for a negative number. */
function truncate(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0) return length + count > 0 ? byteSlice(text, length + count, length) : text;
  return length > count ? byteSlice(text, 0, count) : text;
}

function substring(start: number, end: number, text: string): string {
  const length = byteLength(text);
  if (start < 0) return sliceText(text, 0, end, length);
  return sliceText(text, start, end < 0 || end > length ? length : end, length);
}

function sliceText(text: string, from: number, to: number, length: number): string {
  const panic = (range: string): FunctionError =>
    new FunctionError(`runtime error: slice bounds out of range ${range}`);
  if (to < 0) throw panic(`[:${to}]`);
  if (to > length) throw panic(`[:${to}] with length ${length}`);
  if (from > to) throw panic(`[${from}:${to}]`);
  return byteSlice(text, from, to);
}

/** Texts of the arguments that are not nil, with a blank between. */
function joinArguments(args: readonly Value[], write: (value: Value) => string): string {
  return args
    .filter((value) => value !== null)
    .map(write)
    .join(' ');
}

const TRIMMING: GoFunction[] = [
  textFunction('trim', 1, (text = '') => trimSpace(text)),
  textFunction('trimall', 2, (cut = '', text = '') => trimCharacters(text, cut)),
  textFunction('trimAll', 2, (cut = '', text = '') => trimCharacters(text, cut)),
  textFunction('trimSuffix', 2, (end = '', text = '') =>
    end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  textFunction('trimPrefix', 2, (start = '', text = '') =>
    text.startsWith(start) ? text.slice(start.length) : text,
  ),
  fn('trunc', ['int', 'string'], ([count, text]) => truncate(intArgument(count), textArgument(text))),
  fn('substr', ['int', 'int', 'string'], ([start, end, text]) =>
    substring(intArgument(start), intArgument(end), textArgument(text)),
  ),
];

const TESTS: GoFunction[] = [
  textFunction('contains', 2, (part = '', text = '') => text.includes(part)),
  textFunction('hasPrefix', 2, (start = '', text = '') => text.startsWith(start)),
  textFunction('hasSuffix', 2, (end = '', text = '') => text.endsWith(end)),
];

const WRITING: GoFunction[] = [
  textFunction('hello', 0, () => 'Hello!'),
  textFunction('upper', 1, (text = '') => toUpper(text)),
  textFunction('lower', 1, (text = '') => toLower(text)),
  textFunction('title', 1, (text = '') => toTitle(text)),
  fn('repeat', ['int', 'string'], ([count, text], { budget }) =>
    repeat(intArgument(count), textArgument(text), budget),
  ),
  fn('indent', ['int', 'string'], ([spaces, text], { budget }) =>
    indent(intArgument(spaces), textArgument(text), budget),
  ),
  fn(
    'nindent',
    ['int', 'string'],
    ([spaces, text], { budget }) => `\n${indent(intArgument(spaces), textArgument(text), budget)}`,
  ),
  fn('replace', ['string', 'string', 'string'], ([from, to, text], { budget }) =>
    replaceAll(textArgument(text), textArgument(from), textArgument(to), budget),
  ),
  fn('plural', ['string', 'string', 'int'], ([one, many, count]) =>
    intArgument(count) === 1 ? textArgument(one) : textArgument(many),
  ),
  fn('quote', [`...${ANY}`], (args) => joinArguments(args, (value) => quote(strval(value)))),
  fn('squote', [`...${ANY}`], (args) => joinArguments(args, (value) => `'${sprint([value])}'`)),
  fn('cat', [`...${ANY}`], (args) => joinArguments(args, (value) => sprint([value]))),
];

const SPLITTING: GoFunction[] = [
  fn('split', ['string', 'string'], ([separator, text], { budget }) =>
    numbered(splitText(textArgument(text), textArgument(separator), budget)),
  ),
  fn('splitn', ['string', 'int', 'string'], ([separator, limit, text], { budget }) =>
    numbered(splitTextN(textArgument(text), textArgument(separator), intArgument(limit), budget)),
  ),
  fn('splitList', ['string', 'string'], ([separator, text], { budget }) =>
    stringList(splitText(textArgument(text), textArgument(separator), budget)),
  ),
  fn('toString', [ANY], ([value]) => strval(anyArgument(value))),
  fn('toStrings', [ANY], ([value]) => stringList(toStrings(anyArgument(value)))),
  fn('join', ['string', ANY], ([separator, value], { budget }) => {
    const texts = toStrings(anyArgument(value));
    budget.grow(texts.length * textArgument(separator).length);
    return texts.join(textArgument(separator));
  }),
];

/** Sprig's string functions. */
export const stringFunctions: readonly GoFunction[] = [...TRIMMING, ...TESTS, ...WRITING, ...SPLITTING];
