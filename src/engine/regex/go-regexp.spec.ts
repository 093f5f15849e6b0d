import { describe, expect, it } from '@jest/globals';
import { RenderBudget } from '../language/budget.js';
import { GoRegexp, groupText, quoteMeta } from './go-regexp.js';

const budget = new RenderBudget();

describe("Go's regular expressions", () => {
  it.each([
    ['(?i)HELLO', 'hello', true],
    [String.raw`^\pL+$`, 'Grüße', true],
    [String.raw`[[:alpha:]]`, '1', false],
    [String.raw`(?s)a.b`, 'a\nb', true],
    [String.raw`a.b`, 'a\nb', false],
    [String.raw`\Aa\z`, 'a\n', false],
    [String.raw`(?P<x>a)(?<y>b)`, 'ab', true],
    [String.raw`^.$`, '😀', true],
  ])('%s on %j', (source, text, expected) => {
    expect(GoRegexp.compile(source).matches(text)).toBe(expected);
  });

  it('finds as Go finds', () => {
    const regexp = GoRegexp.compile('(a)|(b)');
    expect(regexp.find('xb')).toEqual([1, 2, -1, -1, 1, 2]);
    const all = GoRegexp.compile('a*').findAll('baac', -1, budget);
    expect(all.map((match) => groupText('baac', match, 0))).toEqual(['', 'aa', '']);
  });

  it.each([
    ['(', 'error parsing regexp: missing closing ): `(`'],
    ['*', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    [String.raw`(a)\1`, 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
  ])('%s: %s', (source, message) => {
    expect(() => GoRegexp.compile(source)).toThrow(message);
  });

  it('needs time in proportion to the text, whatever the pattern', () => {
    const start = process.cpuUsage();
    for (const source of ['(a+)+$', '^(a|a)*$', '(a|aa)+$', '(.*)*x', '(a?){30}a{30}$']) {
      expect(GoRegexp.compile(source).matches(`${'a'.repeat(20_000)}b`)).toBe(false);
    }
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(4000);
  });

  it('quotes', () => {
    expect(quoteMeta('a.b*[c]')).toBe(String.raw`a\.b\*\[c\]`);
  });
});
