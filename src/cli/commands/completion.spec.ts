import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createContext } from '../context.js';
import { createProgram } from '../program.js';
import { complete, wantsCluster } from './completion.js';

/** The program, and what it wrote. Nothing listens where its service should be. */
function program() {
  const written: string[] = [];
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const environment = { BERTH_SERVER: 'http://127.0.0.1:9', BERTH_TOKEN_FILE: '/nonexistent' };
  return { written, program: createProgram(createContext(environment, out, out), '0.0.0') };
}

describe('what may stand where one is typing', () => {
  it.each([
    ['clu', ['cluster']],
    ['cluster de', ['delete', 'describe']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['completion z', ['zsh']],
    ['cluster create --kub', ['--kubernetes-version']],
    ['cluster create --he', ['--help']],
    ['cluster nonsense', []],
    ['no-such-command x', []],
  ])('%s', (typed, candidates) => {
    expect(complete(program().program, typed.split(' '))).toEqual(candidates);
  });

  it('offers every command, but none that is hidden', () => {
    const commands = complete(program().program, ['']);
    expect(commands).toEqual(expect.arrayContaining(['cluster', 'operation', 'quickstart', 'up']));
    expect(commands).not.toContain('__complete');
  });

  it.each([
    ['cluster get ', true],
    ['cluster ls', false],
    ['cluster get --', false],
    ['cluster get demo ', false],
    ['operation watch ', true],
    ['plan list ', false],
  ])('a name of a cluster fits into «%s»: %s', (typed, fits) => {
    expect(wantsCluster(program().program, typed.split(' '))).toBe(fits);
  });
});

describe('the scripts', () => {
  it.each(['bash', 'zsh', 'fish'])('%s asks the command itself', async (shell) => {
    const { program: berth, written } = program();
    await berth.parseAsync(['completion', shell], { from: 'user' });
    expect(written.join('')).toContain('berth __complete');
  });

  it('completes on, without names, while the service is away', async () => {
    const { program: berth, written } = program();
    await berth.parseAsync(['__complete', 'cluster', 'get', ''], { from: 'user' });
    expect(written.join('').trim()).toBe('');
    await berth.parseAsync(['__complete', 'clu'], { from: 'user' });
    expect(written.join('').trim()).toBe('cluster');
  });
});
