import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allocateNetwork, allocatedNetwork, releaseNetwork } from './allocation.js';

describe('network allocation', () => {
  let scratch: string;
  let registry: string;

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'berth-networks-'));
    registry = join(scratch, 'registry');
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const dataDir = async (name: string): Promise<string> => {
    await mkdir(join(scratch, name), { recursive: true });
    return join(scratch, name);
  };
  const allocate = (dir: string, used: string[] = []): Promise<number> =>
    allocateNetwork(dir, registry, () => Promise.resolve(used));

  it('gives each data directory a network and always the same one', async () => {
    const [one, two] = [await dataDir('one'), await dataDir('two')];
    expect([await allocate(one), await allocate(two), await allocate(one)]).toEqual([0, 1, 0]);
    expect(await allocatedNetwork(two, registry)).toBe(1);
  });

  it('never gives one network to two that ask at once, before their directories are there', async () => {
    const gone = await Promise.all(Array.from({ length: 5 }, (_, n) => dataDir(`gone${n}`)));
    for (const dir of gone) await allocate(dir);
    await Promise.all(gone.map((dir) => rm(dir, { recursive: true })));
    const dirs = Array.from({ length: 10 }, (_, n) => join(scratch, `d${n}`));
    const given = await Promise.all(dirs.map((dir) => allocate(dir)));
    expect(new Set(given).size).toBe(10);
    expect(await Promise.all(dirs.map((dir) => allocatedNetwork(dir, registry)))).toEqual(given);
  });

  it('passes over networks the machine routes already, wider or narrower', async () => {
    expect(await allocate(await dataDir('one'), ['10.128.7.0/24', '10.130.0.0/15'])).toBe(1);
    expect(await allocate(await dataDir('two'), ['10.128.0.0/14'])).toBe(4);
  });

  it('takes over the network of a data directory that is gone', async () => {
    const gone = await dataDir('gone');
    await allocate(gone);
    await rm(gone, { recursive: true });
    expect(await allocate(await dataDir('new'))).toBe(0);
  });

  it('gives networks back and leaves no registry behind', async () => {
    const [one, two] = [await dataDir('one'), await dataDir('two')];
    await allocate(one);
    await allocate(two);
    await releaseNetwork(one, registry);
    expect(await allocatedNetwork(one, registry)).toBeUndefined();
    expect(existsSync(registry)).toBe(true);
    await releaseNetwork(two, registry);
    expect(existsSync(registry)).toBe(false);
  });
});
