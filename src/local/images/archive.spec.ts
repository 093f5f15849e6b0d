import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../core/process.js';
import { writeImageArchive } from './archive.js';

describe('writeImageArchive', () => {
  let scratch: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'berth-image-'));
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const make = async (name: string, mtime: number): Promise<string> => {
    const root = join(scratch, name, 'root');
    await mkdir(join(root, 'bin'), { recursive: true });
    await writeFile(join(root, 'bin', 'tool'), 'tool');
    await utimes(join(root, 'bin', 'tool'), mtime, mtime);
    const archive = { reference: 'registry.k8s.io/tool:v1', entrypoint: ['/bin/tool'], root };
    return writeImageArchive(archive, join(scratch, name));
  };
  const member = (archive: string, name: string): Promise<string> => run('tar', ['-xOf', archive, name]);

  it('names the image and describes its one layer by digest', async () => {
    const archive = await make('one', 1);
    const manifest: unknown = JSON.parse(await member(archive, 'manifest.json'));
    const config: unknown = JSON.parse(await member(archive, 'config.json'));
    const layer = await readFile(join(scratch, 'one', 'layer.tar'));
    expect(manifest).toEqual([
      { Config: 'config.json', RepoTags: ['registry.k8s.io/tool:v1'], Layers: ['layer.tar'] },
    ]);
    expect(config).toMatchObject({
      os: 'linux',
      config: { Entrypoint: ['/bin/tool'] },
      rootfs: { diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    });
  });

  it('is the same for the same content, whenever it is made', async () => {
    const [one, two] = [await make('one', 1000), await make('two', 2000)];
    expect(await member(one, 'config.json')).toBe(await member(two, 'config.json'));
  });
});
