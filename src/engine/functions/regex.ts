import { FunctionError } from '../errors.js';
import { GoRegexp, compileOrPanic, groupText, quoteMeta } from '../regex/go-regexp.js';
import {
  type Budget,
  type GoFunction,
  type ParamType,
  type Value,
  fn,
  nilList,
  stringList,
} from '../value.js';
import { intArgument, textArgument } from './convert.js';

type RegexCall = (regex: GoRegexp, text: string, last: Value | undefined, budget: Budget) => Value;

/** A function and its `must` twin: the first panics on a bad expression, the second returns the error. */
function twins(name: string, last: ParamType[], call: RegexCall): GoFunction[] {
  const signature = ['string', 'string', ...last];
  const make = (called: string, compile: (source: string) => GoRegexp): GoFunction =>
    fn(called, signature, ([source, text, extra], { budget }) => {
      budget.step(textArgument(text).length);
      return call(compile(textArgument(source)), textArgument(text), extra, budget);
    });
  return [
    make(name, compileOrPanic),
    make(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, (source) => GoRegexp.compile(source)),
  ];
}

function list(texts: string[] | undefined): Value {
  return texts === undefined ? nilList('[]string') : stringList(texts);
}

/** Sprig's regular expressions: RE2 syntax and meaning. */
export const regexFunctions: readonly GoFunction[] = [
  ...twins('regexFind', [], (regex, text) => {
    const match = regex.find(text);
    return match === undefined ? '' : groupText(text, match, 0);
  }),
  ...twins('regexFindAll', ['int'], (regex, text, limit, budget) => {
    const matches = regex.findAll(text, intArgument(limit), budget);
    return list(matches.length === 0 ? undefined : matches.map((match) => groupText(text, match, 0)));
  }),
  ...twins('regexReplaceAll', ['string'], (regex, text, template, budget) =>
    regex.replaceAll(text, (match) => regex.expand(textArgument(template), text, match), budget),
  ),
  ...twins('regexReplaceAllLiteral', ['string'], (regex, text, literal, budget) =>
    regex.replaceAll(text, () => textArgument(literal), budget),
  ),
  ...twins('regexSplit', ['int'], (regex, text, limit, budget) =>
    list(regex.split(text, intArgument(limit), budget)),
  ),
  fn('regexMatch', ['string', 'string'], ([source, text], { budget }) => {
    budget.step(textArgument(text).length);
    return matchesOrFalse(textArgument(source), textArgument(text));
  }),
  fn('mustRegexMatch', ['string', 'string'], ([source, text], { budget }) => {
    budget.step(textArgument(text).length);
    return GoRegexp.compile(textArgument(source)).matches(textArgument(text));
  }),
  fn('regexQuoteMeta', ['string'], ([text]) => quoteMeta(textArgument(text))),
];

function matchesOrFalse(source: string, text: string): boolean {
  try {
    return GoRegexp.compile(source).matches(text);
  } catch (error) {
    if (error instanceof FunctionError) return false;
    throw error;
  }
}
