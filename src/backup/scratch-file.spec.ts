import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../core/process.js';
import { scratchFile } from './scratch-file.js';

describe('a scratch file', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-scratch-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Files of the directory that this process holds open, whether they have a name or not. */
  async function open(): Promise<string[]> {
    const descriptors = await readdir('/proc/self/fd');
    const targets = descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(targets)).filter((target) => target.startsWith(directory));
  }

  it('holds what is written, for this process and its children, and no other file', async () => {
    await using one = await scratchFile(directory);
    await using other = await scratchFile(directory);
    await writeFile(one.path, 'a snapshot');
    await writeFile(other.path, 'another');
    await writeFile(one.path, 'new');
    expect(await readFile(one.path, 'utf8')).toBe('new');
    expect(await run('cat', [other.path])).toBe('another');
  });

  it('has no name in its directory', async () => {
    await using file = await scratchFile(directory);
    await writeFile(file.path, 'a snapshot');
    expect(await readdir(directory)).toEqual([]);
    expect(await open()).toHaveLength(1);
  });

  it('takes nothing more of the disk once it is disposed of, also twice', async () => {
    const file = await scratchFile(directory);
    await writeFile(file.path, 'a snapshot');
    await file[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
    expect(await open()).toEqual([]);
  });

  it('says that its directory is not there', async () => {
    await expect(scratchFile(join(directory, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
