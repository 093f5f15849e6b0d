import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withScratch } from './scratch.js';

describe('withScratch', () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'berth-scratch-'));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('leaves nothing behind, also when the work fails', async () => {
    const work = withScratch(parent, async (directory) => {
      await writeFile(join(directory, 'half'), '');
      throw new Error('cut off');
    });
    await expect(work).rejects.toThrow('cut off');
    expect(await readdir(parent)).toEqual([]);
  });

  it('removes what a killed process left, but not what a living one uses', async () => {
    await mkdir(join(parent, '1-0-orphan'));
    await withScratch(parent, async (outer) => {
      await withScratch(parent, async () => {
        expect(await readdir(parent)).toHaveLength(2);
      });
      expect(await readdir(outer)).toEqual([]);
    });
  });
});
