/** What a data directory was made with; kept so that later starts bring back the same. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DataDir } from './paths.js';

const installationSchema = z.object({
  /** Kubernetes version of the embedded meta-cluster; fixed for the life of the installation. */
  kubernetesVersion: z.string().optional(),
  /** Versions whose masters' images were asked for. */
  versions: z.array(z.string()).default([]),
  /** Where binaries come from; see `BinaryProviderOptions`. Absent for a cluster that is not embedded. */
  binaries: z.object({ cacheDir: z.string(), binDir: z.string().optional(), path: z.string() }).optional(),
  /** kubeconfig of the cluster that is used instead of an embedded one. */
  metaKubeconfig: z.string().optional(),
  /** Port of the service on the machine's loopback. */
  servicePort: z.number(),
  /** Network of which hosted clusters get their pod networks; see docs/adr/0009-pod-networks.md. Absent for a cluster that is not embedded. */
  podNetworkPool: z.string().optional(),
  /**
   * Name of the service in Leases. It stays the same, so that a service that was killed leads again at once instead
   * of waiting for its own lease to run out; only one runs in a data directory.
   */
  serviceIdentity: z.string().default(newServiceIdentity),
});

/** No other installation that works on the same cluster has it. */
export function newServiceIdentity(): string {
  return `berth-${randomUUID()}`;
}

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
