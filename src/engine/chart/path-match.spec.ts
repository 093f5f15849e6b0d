import { describe, expect, it } from '@jest/globals';
import { compileGlob, compilePathPattern } from './path-match.js';

describe('patterns of .Files.Glob', () => {
  it.each([
    ['*.yaml', 'a.yaml', true],
    ['*.yaml', 'x/a.yaml', false],
    ['**.yaml', 'x/y/a.yaml', true],
    ['x/**', 'x/y/z', true],
    ['x/**', 'y/x', false],
    ['{a,b}/*.txt', 'b/c.txt', true],
    ['{a,b}/*.txt', 'c/c.txt', false],
    ['{a{1,2},b}', 'a2', true],
    ['[!a]', 'b', true],
    ['[!a]', 'a', false],
    ['a.c', 'abc', false],
    [String.raw`\*`, '*', true],
    ['grüße/*', 'grüße/ü', true],
  ])('%s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)(path)).toBe(expected);
  });

  it.each(['{a', '[', '[]', 'a\\'])('refuses %s', (pattern) => {
    expect(() => compileGlob(pattern)).toThrow('syntax error in pattern');
  });

  it('takes no longer for patterns made to backtrack', () => {
    const start = process.cpuUsage();
    expect(compileGlob('*a'.repeat(40))(`${'a'.repeat(5000)}b`)).toBe(false);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
  });
});

describe("patterns of Go's filepath.Match", () => {
  it.each([
    ['*', 'a/b', false],
    ['{a}', '{a}', true],
    ['[^a]', 'b', true],
    ['a?', 'a/', false],
  ])('%s: %s', (pattern, path, expected) => {
    expect(compilePathPattern(pattern)(path)).toBe(expected);
  });
});
