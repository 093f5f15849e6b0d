/** Binaries kept between runs and checkouts, content-addressed: a changed recipe never meets an old file. */
import { chmod, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { BinaryRequest, BinarySource, Found } from './source.js';
import { RELEASES } from './releases.js';

const DIGEST_LENGTH = 12;

export class BinaryCache implements BinarySource {
  readonly name = 'cache';

  /** `directory` is made when the first binary is stored. */
  constructor(private readonly directory: string) {}

  async find(request: BinaryRequest): Promise<Found> {
    const paths: Record<string, string> = {};
    for (const command of request.commands) {
      const path = join(this.entry(request), command);
      if (await isFile(path)) paths[command] = path;
    }
    return { paths, reason: `nothing in ${this.directory}` };
  }

  /** Runs `work` with an empty directory on the cache's own file system, which is removed afterwards. */
  async withScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
    const parent = join(this.directory, 'scratch');
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, 'work-'));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Takes a complete file over in one rename, so that a reader sees all of it or nothing. */
  async store(request: BinaryRequest, command: string, file: string): Promise<string> {
    const target = join(this.entry(request), command);
    await mkdir(this.entry(request), { recursive: true });
    await chmod(file, 0o755);
    await rename(file, target);
    return target;
  }

  /** What two processes must not fetch at the same time. */
  lockName(request: BinaryRequest): string {
    return `binaries ${this.entry(request)}`;
  }

  private entry({ release, version, platform }: BinaryRequest): string {
    const { modules, commands, linkValues } = RELEASES[release];
    const recipe = JSON.stringify([modules, commands, linkValues?.(version)]);
    const digest = createHash('sha256').update(recipe).digest('hex').slice(0, DIGEST_LENGTH);
    return join(this.directory, `${release}-${version}-${platform}-${digest}`);
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
