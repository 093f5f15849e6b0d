import { readdir, readlink, stat } from 'node:fs/promises';

/** A file that a process holds open: also one that has no name any more takes its place on the disk. */
export interface OpenFile {
  /** The name that it has or had. */
  name: string;
  size: number;
}

/** Files below a directory that a process holds open, this one unless told. */
export async function openFiles(directory: string, pid: number = process.pid): Promise<OpenFile[]> {
  const folder = `/proc/${pid}/fd`;
  const found = await Promise.all((await readdir(folder)).map((fd) => openFile(`${folder}/${fd}`)));
  return found.filter((file) => file?.name.startsWith(`${directory}/`)).filter((file) => file !== undefined);
}

/** Undefined when it was closed meanwhile, as that of the listing is. */
async function openFile(descriptor: string): Promise<OpenFile | undefined> {
  try {
    return { name: await readlink(descriptor), size: (await stat(descriptor)).size };
  } catch {
    return undefined;
  }
}
