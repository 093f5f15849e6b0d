/** Directories for the time of one piece of work, also tidied up after a process that was killed in it. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from './process-identity.js';

/** Runs `work` with an empty directory below `parent` that is removed afterwards. */
export async function withScratch<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  await removeOrphans(parent);
  const directory = await mkdtemp(join(parent, `${await ownName()}-`));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** `PID-START`, which names this process and no other. */
async function ownName(): Promise<string> {
  return `${process.pid}-${await startTimeOf(process.pid)}`;
}

async function removeOrphans(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [pid = '', startTime = ''] = name.split('-');
    if ((await startTimeOf(Number(pid))) === startTime) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const identity = await identify(pid);
  return identity?.startTime.replaceAll(/\W/g, '');
}
