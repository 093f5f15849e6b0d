/** Random bytes and random pieces of templates: a result or a TemplateError, never anything else, and soon. */
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, string, uint8Array } from 'fast-check';
import { fromBytes, toBytes } from '../bytes.js';
import { TemplateError } from '../errors.js';
import { helmFunctionMap } from '../functions/index.js';
import { nodeEnvironment } from '../node/node-environment.js';
import { fromPlain } from '../value.js';
import { RenderBudget } from './budget.js';
import { Evaluator } from './evaluator.js';
import { nodeText } from './node-text.js';
import { parse } from './parser.js';
import { TemplateSet } from './template-set.js';

const LIMITS = { steps: 100_000, size: 1_000_000, depth: 100, milliseconds: 1000 };
const RUNS = { numRuns: 2000 };

const PIECES = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  ' ',
  '\n',
  '(',
  ')',
  '|',
  ':=',
  '=',
  ',',
  '.',
  '$',
  '$x',
  '.a',
  '.a.b',
  '"s"',
  '`r`',
  "'c'",
  '1',
  '-2.5',
  '0x1F',
  '1i',
  'nil',
  'true',
  'if',
  'else',
  'end',
  'range',
  'with',
  'define',
  'block',
  'template',
  'break',
  'continue',
  'include',
  'tpl',
  'printf',
  'index',
  'len',
  'toYaml',
  'fromYaml',
  'list',
  'dict',
  'default',
  'quote',
  'eq',
  'and',
  'or',
  'text',
  '/*',
  '*/',
  'é',
  '😀',
  '\uDC80',
  '\0',
  '%',
  '#',
  '{',
  '}',
];
const piecewise = array(constantFrom(...PIECES), { maxLength: 40 }).map((parts) => parts.join(''));
const anyBytes = uint8Array({ maxLength: 200 }).map(fromBytes);

function outcome(text: string): string {
  const set = new TemplateSet(helmFunctionMap);
  try {
    set.add('t', text);
    const data = fromPlain({ a: { b: [1, 'x', null] } });
    const options = { environment: nodeEnvironment(), budget: new RenderBudget(LIMITS) };
    return new Evaluator(set, options).execute('t', data).text;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) expect(problem.line ?? 1).toBeGreaterThan(0);
    return error.message;
  }
}

describe('random input', () => {
  it('of bytes', () => {
    assert(
      property(anyBytes, (text) => typeof outcome(text) === 'string'),
      RUNS,
    );
  });

  it('of pieces of templates', () => {
    assert(
      property(piecewise, (text) => typeof outcome(text) === 'string'),
      RUNS,
    );
  });

  it('between delimiters', () => {
    const actions = array(piecewise, { maxLength: 6 }).map((parts) =>
      parts.map((part) => `{{${part}}}`).join('x'),
    );
    assert(
      property(actions, (text) => typeof outcome(text) === 'string'),
      RUNS,
    );
  });

  it('text without delimiters comes out as it went in', () => {
    const plain = string({ unit: 'binary' }).filter((text) => !text.includes('{{') && text.isWellFormed());
    assert(property(plain, (text) => outcome(text) === text));
  });

  it('what parses prints as source that parses to the same', () => {
    const body = (text: string) =>
      nodeText(parse('t', text, helmFunctionMap).get('t')?.root ?? { type: 'dot', pos: 0 });
    assert(
      property(piecewise, (text) => {
        let once: string;
        try {
          once = body(`{{ ${text.replaceAll(/\{\{|\}\}/g, '')} }}`);
        } catch {
          return true;
        }
        return body(once) === once;
      }),
      RUNS,
    );
  });

  it('bytes survive the way into strings and back', () => {
    assert(
      property(uint8Array(), (bytes) => Buffer.from(toBytes(fromBytes(bytes))).equals(Buffer.from(bytes))),
    );
  });
});
