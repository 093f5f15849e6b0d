/** Brings folders of YAML into a cluster. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { isApplied, sign } from '../../kube/ensure-applied.js';
import type { KubeObject } from '../../kube/types.js';
import { waitUntil } from '../wait.js';

const FIELD_MANAGER = 'berth-local';
const ESTABLISH_TIMEOUT_MS = 30_000;

/**
 * Applies every object of the YAML files of `directory`, in the order of their names; what is already as it
 * should be is left alone. Returns how many objects were written.
 */
export async function applyDirectory(client: KubeClient, directory: string): Promise<number> {
  let written = 0;
  for (const object of await readObjects(directory)) {
    if (await ensureObject(client, object)) written += 1;
  }
  return written;
}

/** All objects of a folder; none when there is no such folder. */
export async function readObjects(directory: string): Promise<KubeObject[]> {
  const names = await readdir(directory).catch(() => []);
  const objects: KubeObject[] = [];
  for (const name of names.filter((file) => file.endsWith('.yaml')).sort()) {
    const documents = parseAllDocuments(await readFile(join(directory, name), 'utf8'));
    objects.push(...documents.map((document) => document.toJS() as KubeObject).filter(Boolean));
  }
  return objects;
}

async function ensureObject(client: KubeClient, object: KubeObject): Promise<boolean> {
  const signed = sign(object);
  let written = false;
  let lastError = '';
  const applied = async (): Promise<boolean> => {
    try {
      const resource = await client.discovery.resourceOf(object);
      const live = await client.find(resource, object.metadata);
      if (live && isApplied(live, signed, FIELD_MANAGER)) return true;
      await client.apply(signed, { fieldManager: FIELD_MANAGER, force: true });
      written = true;
      return true;
    } catch (error) {
      // A CRD of the folder before takes a moment to be served.
      if (!(error instanceof BerthError && error.transient)) throw error;
      lastError = messageOf(error);
      return false;
    }
  };
  const what = `${object.kind} ${object.metadata.name} to be accepted`;
  await waitUntil(what, applied, ESTABLISH_TIMEOUT_MS, 100, () => Promise.resolve(lastError));
  return written;
}
