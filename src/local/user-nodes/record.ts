/** What is known of the user nodes of an installation: one file in the directory of each. */
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataDir } from '../paths.js';

const FILE = 'node.json';

const recordSchema = z.object({
  /** Of the sandbox host and of the node: host names are unique in an installation. */
  name: z.string(),
  cluster: z.string(),
  /** uid of the Cluster: another cluster that takes its name later has no claim on the host. */
  clusterUid: z.string(),
  /** Number of the host on the installation's network. */
  number: z.int(),
  /** Of kubelet and kubeadm. */
  version: z.string(),
  /** Whether the join script came to its end. A host that never joined is taken away. */
  joined: z.boolean(),
});

export type UserNodeRecord = z.infer<typeof recordSchema>;

export async function readRecords(dir: DataDir): Promise<UserNodeRecord[]> {
  const names = await readdir(dir.node('')).catch(() => []);
  const records = await Promise.all(names.map((name) => readRecord(dir, name)));
  return records.filter((record) => record !== undefined);
}

/** Undefined when there is no such user node. */
export async function readRecord(dir: DataDir, name: string): Promise<UserNodeRecord | undefined> {
  const text = await readFile(join(dir.node(name), FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
}

export async function writeRecord(dir: DataDir, record: UserNodeRecord): Promise<void> {
  const file = join(dir.node(record.name), FILE);
  await mkdir(dir.node(record.name), { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
