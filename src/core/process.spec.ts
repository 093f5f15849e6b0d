import { describe, expect, it } from '@jest/globals';
import { run, tryRun } from './process.js';

const shell = (script: string): [string, string[]] => ['sh', ['-c', script]];

describe('run', () => {
  it('returns what the program writes to standard output', async () => {
    await expect(run(...shell('echo out; echo err >&2'))).resolves.toBe('out\n');
  });

  it('fails with the exit code and the last lines the program wrote', async () => {
    await expect(run(...shell('echo "no such thing" >&2; exit 3'))).rejects.toMatchObject({
      code: 'CommandFailed',
      message: expect.stringMatching(/exit code 3: no such thing$/) as unknown as string,
    });
  });

  it('tells a program that is not there from one that fails', async () => {
    await expect(run('no-such-program', [])).rejects.toMatchObject({ code: 'CommandNotFound' });
  });

  it('ends a program that takes too long', async () => {
    await expect(run(...shell('exec sleep 60'), { timeoutMs: 50 })).rejects.toMatchObject({
      message: expect.stringContaining('ended by a signal') as unknown as string,
    });
  });
});

describe('tryRun', () => {
  it('answers the exit code instead of failing', async () => {
    await expect(tryRun(...shell('exit 7'))).resolves.toMatchObject({ code: 7 });
  });

  it('hands over standard input and tells lines as they come', async () => {
    const lines: string[] = [];
    await tryRun('cat', [], { input: 'one\ntwo\n', onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
  });

  it('passes on a program that does not read its input', async () => {
    await expect(tryRun('true', [], { input: 'x'.repeat(1_000_000) })).resolves.toMatchObject({ code: 0 });
  });
});
