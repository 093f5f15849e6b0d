/** Binaries a person already has: a given directory, or the directories of PATH. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { tryRun } from '../../core/process.js';
import { RELEASES } from './releases.js';
import type { BinaryRequest, BinarySource, Found } from './source.js';

const VERSION_TIMEOUT_MS = 10_000;

/** Takes a command only when it says itself that it is the wanted version. */
export class DirectorySource implements BinarySource {
  constructor(
    readonly name: string,
    private readonly directories: readonly string[],
  ) {}

  async find(request: BinaryRequest): Promise<Found> {
    const paths: Record<string, string> = {};
    const reasons: string[] = [];
    for (const command of request.commands) {
      const path = await this.locate(command);
      const version = path === undefined ? undefined : await reportedVersion(request, command, path);
      if (path !== undefined && version === request.version) paths[command] = path;
      else
        reasons.push(path === undefined ? `no ${command}` : `${path} is ${version ?? 'of unknown version'}`);
    }
    return { paths, reason: reasons.join(', ') };
  }

  private async locate(command: string): Promise<string | undefined> {
    for (const directory of this.directories) {
      const path = join(directory, command);
      if (await isExecutable(path)) return path;
    }
    return undefined;
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function reportedVersion(
  { release }: BinaryRequest,
  command: string,
  path: string,
): Promise<string | undefined> {
  try {
    const result = await tryRun(path, RELEASES[release].versionArgs(command), {
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    return /(\d+\.\d+\.\d+\S*)/.exec(`${result.stdout}${result.stderr}`)?.[1]?.replace(/[",].*$/, '');
  } catch {
    return undefined;
  }
}
