import { describe, expect, it } from '@jest/globals';
import { IgnoreRules } from './ignore.js';

const ignored = (rules: string, path: string): boolean =>
  new IgnoreRules(rules).ignores(path.replace(/\/$/, ''), path.endsWith('/'));

describe('.helmignore', () => {
  it.each([
    ['*.bak', 'a.bak', true],
    ['*.bak', 'deep/down/a.bak', true],
    ['*.bak', 'a.bak.txt', false],
    ['/a.txt', 'a.txt', true],
    ['/a.txt', 'b/a.txt', false],
    ['b/*.txt', 'b/a.txt', true],
    ['b/*.txt', 'x/b/a.txt', false],
    ['docs/', 'docs/', true],
    ['docs/', 'docs', false],
    ['a?c', 'abc', true],
    ['[a-c].txt', 'b.txt', true],
    ['[^a-c].txt', 'b.txt', false],
    ['# comment', '# comment', false],
    ['  spaced  ', 'spaced', true],
    ['', 'a', false],
    ['!keep.txt', 'other.txt', true],
    ['!keep.txt', 'keep.txt', false],
    ['*', '', false],
  ])('%s: %s', (rules, path, expected) => {
    expect(ignored(rules, path)).toBe(expected);
  });

  it('never takes dot files for templates', () => {
    expect(ignored('', 'templates/.swp')).toBe(true);
    expect(ignored('', 'templates/a.yaml')).toBe(false);
    expect(ignored('', '.hidden')).toBe(false);
  });

  it.each(['a/**/b', '[', 'a\\'])('refuses %s', (rule) => {
    expect(() => new IgnoreRules(rule)).toThrow(expect.objectContaining({ code: 'ChartInvalid' }));
  });
});
