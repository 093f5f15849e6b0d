import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { BerthError } from '../core/errors.js';
import { parseDuration } from './duration.js';
import { EXIT, exitCodeOf, usageError } from './exit-codes.js';

const problem = (code: string, status?: number) => new BerthError(code, 'x', { status });

describe(exitCodeOf.name, () => {
  it.each([
    [new Error('bug'), 1],
    [problem('Invalid', 422), 1],
    [problem('OperationFailed'), 1],
    [usageError('x', 'y'), 2],
    [new CommanderError(1, 'commander.unknownOption', 'x'), 2],
    [new CommanderError(0, 'commander.helpDisplayed', 'x'), 0],
    [problem('ClusterNotFound', 404), 3],
    [problem('ClusterExists', 409), 4],
    [problem('PreconditionFailed', 412), 4],
    [problem('ServiceUnreachable'), 5],
    [problem('NoService'), 5],
    [problem('WaitTimeout'), 5],
    [problem('MetaClusterUnavailable', 503), 5],
  ])('%s', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('has every code in docs/cli.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');
    const listed = [...page.matchAll(/^\| (\d) +\|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(EXIT));
  });
});

describe(parseDuration.name, () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['5m', 300],
    ['8h', 28_800],
    ['1h30m', 5400],
    ['2d', 172_800],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', 'x', '5x', 'm5', '1h 30m', '-5m'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow('duration');
  });
});
