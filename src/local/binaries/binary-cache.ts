/** Binaries kept between runs and checkouts, content-addressed: a changed recipe never meets an old file. */
import { chmod, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { withScratch } from '../scratch.js';
import type { BinaryRequest, BinarySource, Found } from './source.js';
import { type Release, RELEASES } from './releases.js';

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
  withScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
    return withScratch(join(this.directory, 'scratch'), work);
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
    const { modules, commands, linkValues, leftOut }: Release = RELEASES[release];
    const recipe = JSON.stringify([modules, commands, linkValues?.(version), ...(leftOut ?? [])]);
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
