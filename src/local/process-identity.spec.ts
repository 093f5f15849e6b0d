import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { identify, isAlive, parseStat, starterOf } from './process-identity.js';

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

describe('starterOf', () => {
  it('is the process that waits for this one, by its name', async () => {
    const child = spawn('sleep', ['60']);
    const self = (await identify(process.pid))?.pid;
    const name = (await readFile('/proc/self/comm', 'utf8')).trim();
    expect((await starterOf(child.pid ?? 0, name))?.pid).toBe(self);
    expect(await starterOf(child.pid ?? 0, 'unshare')).toBeUndefined();
    child.kill();
  });
});
