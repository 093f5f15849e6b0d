import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_MS = 300_000;

/**
 * A command of a Python package at exactly this version, in a virtual environment of the cache; of the package's name
 * unless told.
 */
export async function pythonTool(name: string, version: string, executable = name): Promise<string> {
  const cache = process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth');
  const home = join(cache, 'python', `${name}-${version}`);
  const command = join(home, 'bin', executable);
  if (existsSync(join(home, 'installed'))) return command;
  await mkdir(join(cache, 'python'), { recursive: true });
  await rm(home, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', home]);
  // Scripts of a virtual environment carry its path, so it is made in place; the marker says that it is whole.
  await run(join(home, 'bin', 'pip'), ['install', '--quiet', `${name}==${version}`], { timeout: INSTALL_MS });
  await mkdir(join(home, 'installing'), { recursive: true });
  await rename(join(home, 'installing'), join(home, 'installed'));
  return command;
}
