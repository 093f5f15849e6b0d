import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A place on the disk. What is in it is gone when it is disposed of. */
export interface ScratchFile extends AsyncDisposable {
  path: string;
}

/**
 * An empty file of a directory. On Linux it has no name there: the kernel frees what is in it when the process ends, also
 * by SIGKILL, so nothing is left to tidy up, and processes may share the directory. `path` leads to it, for this process and
 * for its children, until it is disposed of.
 */
export async function scratchFile(directory: string): Promise<ScratchFile> {
  const path = join(directory, `berth-snapshot-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  if (process.platform === 'linux') {
    await unlink(path);
    return { path: `/proc/${process.pid}/fd/${file.fd}`, [Symbol.asyncDispose]: () => file.close() };
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await file.close();
      await unlink(path);
    },
  };
}
