/** What is known of the user nodes of an installation: one file of each. */
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataDir } from '../paths.js';

const recordSchema = z.object({
  /** Of the sandbox host and of the node: host names are unique in an installation. */
  name: z.string(),
  cluster: z.string(),
  /** uid of the Cluster: another cluster that takes its name later has no claim on the host. */
  clusterUid: z.string(),
  /** Pod network of the cluster. */
  podCIDR: z.string(),
  /** Number of the host on the installation's network. */
  number: z.int(),
  /** Of kubelet and kubeadm. */
  version: z.string(),
  /** Whether the join script came to its end. A host that never joined is taken away. */
  joined: z.boolean(),
});

export type UserNodeRecord = z.infer<typeof recordSchema>;

export async function readRecords({ userNodes }: DataDir): Promise<UserNodeRecord[]> {
  const files = (await readdir(userNodes).catch(() => [])).filter((file) => file.endsWith('.json'));
  const records = await Promise.all(files.map((file) => read(join(userNodes, file))));
  return records.filter((record) => record !== undefined);
}

/** Undefined when there is no such user node. */
export function readRecord({ userNodes }: DataDir, name: string): Promise<UserNodeRecord | undefined> {
  return read(join(userNodes, `${name}.json`));
}

export async function writeRecord({ userNodes }: DataDir, record: UserNodeRecord): Promise<void> {
  const file = join(userNodes, `${record.name}.json`);
  await mkdir(userNodes, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

export async function removeRecord({ userNodes }: DataDir, name: string): Promise<void> {
  await rm(join(userNodes, `${name}.json`), { force: true });
}

async function read(file: string): Promise<UserNodeRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
}
