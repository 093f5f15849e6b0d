/** What a data directory was made with; kept so that later starts bring back the same. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DataDir } from './paths.js';

const installationSchema = z.object({
  /** Kubernetes version of the meta-cluster itself; fixed for the life of the installation. */
  kubernetesVersion: z.string(),
  /** Versions whose masters' images are asked for. */
  versions: z.array(z.string()),
  /** Port of the service on the machine's loopback. */
  servicePort: z.number(),
});

export type Installation = z.infer<typeof installationSchema>;

/** Undefined when nothing was installed there yet. */
export async function readInstallation(dir: DataDir): Promise<Installation | undefined> {
  const text = await readFile(dir.installation, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : installationSchema.parse(JSON.parse(text));
}

export async function writeInstallation(dir: DataDir, installation: Installation): Promise<void> {
  await mkdir(dir.root, { recursive: true, mode: 0o755 });
  const draft = `${dir.installation}.new`;
  await writeFile(draft, `${JSON.stringify(installation, undefined, 2)}\n`);
  await rename(draft, dir.installation);
}
