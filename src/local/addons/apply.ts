/** Brings folders of YAML into a cluster. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { ensureApplied } from '../../kube/ensure-applied.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { KubeObject } from '../../kube/types.js';
import { waitUntil } from '../wait.js';

const FIELD_MANAGER = 'berth-local';
const ESTABLISH_TIMEOUT_MS = 30_000;

/**
 * Applies every object of the YAML files of `directory`, namespaces before the rest; what is already as it should
 * be is left alone.
 */
export async function applyDirectory(client: KubeClient, directory: string): Promise<void> {
  const objects = await readObjects(directory);
  const { namespaces = [], others = [] } = Object.groupBy(objects, ({ kind }) =>
    kind === 'Namespace' ? 'namespaces' : 'others',
  );
  await Promise.all(namespaces.map((object) => ensureObject(client, object)));
  await Promise.all(others.map((object) => ensureObject(client, object)));
}

/** All objects of a folder; none when there is no such folder. */
export async function readObjects(directory: string): Promise<KubeObject[]> {
  const names = await readdir(directory).catch(() => []);
  const objects: KubeObject[] = [];
  for (const name of names.filter((file) => file.endsWith('.yaml')).sort()) {
    const documents = loadAll(await readFile(join(directory, name), 'utf8')) as (KubeObject | null)[];
    objects.push(...documents.filter((document) => document !== null));
  }
  return objects;
}

async function ensureObject(client: KubeClient, object: KubeObject): Promise<void> {
  let lastError = 'it is being deleted';
  const applied = async (): Promise<boolean> => {
    try {
      const live = await client.find(await client.discovery.resourceOf(object), object.metadata);
      const options = { fieldManager: FIELD_MANAGER };
      return (await ensureApplied(client, { get: () => live }, object, options)).outcome !== 'deleting';
    } catch (error) {
      // A new kind is listed a moment before it is served: until then its path is not found.
      if (!isNotFound(error) && !(error instanceof BerthError && error.transient)) throw error;
      lastError = messageOf(error);
      return false;
    }
  };
  const what = `${object.kind} ${object.metadata.name} to be accepted`;
  await waitUntil(what, applied, ESTABLISH_TIMEOUT_MS, 100, () => Promise.resolve(lastError));
}
