/** Writing and merging kubeconfig files. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parse, parseDocument } from 'yaml';
import { BerthError } from '../core/errors.js';
import type { Environment } from './context.js';

/** The file kubectl writes to: the first of $KUBECONFIG, else ~/.kube/config. */
export function defaultKubeconfig(environment: Environment): string {
  const first = (environment['KUBECONFIG'] ?? '').split(':').find((file) => file !== '');
  return first ?? join(environment['HOME'] || homedir(), '.kube', 'config');
}

/** Writes the file in one go, readable by its owner only: it holds a private key. */
export async function writeKubeconfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Adds what `text` holds to a file, replacing entries of the same name, and makes its context the current one. */
export async function mergeKubeconfig(file: string, text: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  await writeKubeconfig(file, mergedKubeconfig(before, text, file));
}

/** The text of `before` with the entries of `added`; comments and everything else stay. Throws KubeconfigInvalid. */
export function mergedKubeconfig(before: string, added: string, file: string): string {
  if (before.trim() === '') return added;
  const document = parseDocument(before);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new BerthError('KubeconfigInvalid', `${file} is not a kubeconfig; it was left as it is.`, {
      next: 'Correct the file, or write to another one with --write FILE.',
    });
  }
  const source = parse(added) as Record<string, unknown>;
  for (const list of ['clusters', 'users', 'contexts']) replaceEntries(document, list, source[list]);
  document.set('current-context', source['current-context']);
  return document.toString({ lineWidth: 0 });
}

function replaceEntries(document: Document, list: string, added: unknown): void {
  const entries = added as { name: string }[];
  const present = document.get(list);
  if (!isSeq(present)) {
    document.set(list, document.createNode(entries));
    return;
  }
  const names = new Set(entries.map(({ name }) => name));
  present.items = present.items.filter((item) => !(isMap(item) && names.has(String(item.get('name')))));
  present.flow = false;
  for (const entry of entries) present.add(document.createNode(entry));
}
