import { describe, expect, it } from '@jest/globals';
import { identify, isAlive, parseStat } from './process-identity.js';

describe('parseStat', () => {
  it('is not misled by brackets and spaces in the name of a command', () => {
    const fields = Array.from({ length: 50 }, (_, at) => `f${at + 3}`).join(' ');
    expect(parseStat(`42 (odd) name (x) ${fields}`)).toEqual({ pid: 42, startTime: 'f22' });
  });
});

describe('isAlive', () => {
  it('knows this process again', async () => {
    const self = await identify(process.pid);
    expect(self && (await isAlive(self))).toBe(true);
  });

  it('does not take another process of the same number for it', async () => {
    await expect(isAlive({ pid: process.pid, startTime: 'long ago' })).resolves.toBe(false);
  });
});
