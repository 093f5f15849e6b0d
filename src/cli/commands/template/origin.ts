import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { messageOf } from '../../../core/errors.js';
import { usageError } from '../../exit-codes.js';
import { readInput } from '../apps-common.js';

/** What a template is made from: a folder, a .tgz, a file of manifests, or a namespace. Throws InvalidUsage. */
export async function originOf(
  path: string | undefined,
  { fromNamespace }: { fromNamespace?: string },
): Promise<object> {
  if (fromNamespace !== undefined) {
    const [cluster, namespace] = fromNamespace.split('/');
    return { type: 'Namespace', cluster, namespace };
  }
  if (path === undefined)
    throw usageError('What shall it be made from?', 'Name a folder, a chart or a file of manifests.');
  if (path !== '-' && (await isFolder(path))) return { type: 'Folder', files: await filesIn(path) };
  const bytes = await readInput(path);
  const isArchive = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isArchive
    ? { type: 'Chart', archive: bytes.toString('base64') }
    : { type: 'Manifests', text: bytes.toString() };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw usageError(
      `${path} cannot be read: ${messageOf(error)}.`,
      'Name a folder, a chart or a file of manifests.',
    );
  }
}

/** All files below a folder, by their paths in it. */
export async function filesIn(folder: string): Promise<{ path: string; text?: string; base64?: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/(^|\/)\.git(\/|$)/.test(entry.parentPath));
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = relative(folder, join(parentPath, name)).split(sep).join('/');
      const bytes = await readFile(join(parentPath, name));
      const text = bytes.toString();
      const isText = !text.includes('\0') && Buffer.from(text).equals(bytes);
      return isText ? { path, text } : { path, base64: bytes.toString('base64') };
    }),
  );
}
