/** What a data directory was made with; kept so that later starts bring back the same. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DataDir } from './paths.js';

const installationSchema = z.object({
  /** Kubernetes version of the embedded meta-cluster; fixed for the life of the installation. */
  kubernetesVersion: z.string().optional(),
  /** Versions whose masters' images were asked for. */
  versions: z.array(z.string()).default([]),
  /** kubeconfig of the cluster that is used instead of an embedded one. */
  metaKubeconfig: z.string().optional(),
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
