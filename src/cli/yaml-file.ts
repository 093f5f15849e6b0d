/** Files that people hand over, in YAML or JSON. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { loadAll } from 'js-yaml';
import { messageOf } from '../core/errors.js';
import { usageError } from './exit-codes.js';

/**
 * The documents of a file, or of standard input for `-`, without those that are empty.
 * @param wanted what the file should hold, such as "one cluster".
 * @throws UsageError when it cannot be read or holds none.
 */
export async function readDocuments(file: string, wanted: string): Promise<unknown[]> {
  const next = `Name a file with ${wanted} in YAML or JSON.`;
  let documents: unknown[];
  try {
    documents = loadAll(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    throw usageError(`${file} cannot be read: ${messageOf(error)}.`, next);
  }
  const present = documents.filter((document) => document !== null && document !== undefined);
  if (present.length === 0) throw usageError(`${file} is empty.`, next);
  return present;
}

/** Like readDocuments, for a file that holds objects only, such as what kubectl prints. */
export async function readObjects(file: string, wanted: string): Promise<Record<string, unknown>[]> {
  const documents = await readDocuments(file, wanted);
  return documents.map((document) => {
    if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>;
    throw usageError(
      `${file} holds something else than objects.`,
      `Name a file with ${wanted} in YAML or JSON.`,
    );
  });
}
