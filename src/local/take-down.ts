/** Ends what `up` started. Works on what a cut-off `up` left, and can be repeated. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '../core/errors.js';
import { type StepReporter, step } from '../core/progress.js';
import { readInstallation } from './installation.js';
import { restoreMachine } from './machine/machine-state.js';
import { allocatedNetwork, releaseNetwork } from './network/allocation.js';
import { removeBridge } from './network/bridge.js';
import { type NetworkPlan, networkPlan } from './network/plan.js';
import { berthService, localAgent, lockDataDir, metaHost } from './parts.js';
import { type DataDir, dataDir } from './paths.js';
import { stopUserNodes } from './user-nodes/user-nodes.js';

export interface TakeDownOptions {
  /** Absolute path. */
  dataDir: string;
  /** Also removes every file: hosted clusters and their data too. */
  purge: boolean;
}

/** @throws BerthError `NotAnInstallation` when files are to be removed that `up` did not make. */
export async function takeDown(
  { dataDir: root, purge }: TakeDownOptions,
  reporter: StepReporter,
): Promise<void> {
  const dir = dataDir(root);
  if (purge) await requireOurs(dir);
  await using _lock = await lockDataDir(dir, 'berth down', reporter);
  await step(reporter, 'service', 'Stop the Berth service', () => stopProcesses(dir));
  const index = await allocatedNetwork(root);
  if (index !== undefined) {
    await step(reporter, 'sandbox', 'Stop the meta-cluster', () => stopHosts(dir, networkPlan(index)));
  }
  if (purge) await step(reporter, 'purge', `Remove ${root}`, () => removeFiles(dir));
}

/**
 * A path that was mistyped costs nobody's files. Before anything else `up` takes a network, or with a cluster that is
 * there already writes down what was asked for; a directory with neither is not ours.
 */
async function requireOurs(dir: DataDir): Promise<void> {
  const { root } = dir;
  if ((await namesIn(root)).length === 0 || (await allocatedNetwork(root)) !== undefined) return;
  if (await readInstallation(dir)) return;
  throw new BerthError(
    'NotAnInstallation',
    `${root} is not a data directory of Berth; nothing was removed.`,
    {
      next: 'Give the directory that `berth up` was given as --data-dir.',
    },
  );
}

async function stopProcesses(dir: DataDir): Promise<void> {
  const installation = (await readInstallation(dir)) ?? { versions: [], servicePort: 0, serviceIdentity: '' };
  await Promise.all([berthService(dir, installation).process.stop(), localAgent(dir).stop()]);
}

async function stopHosts(dir: DataDir, plan: NetworkPlan): Promise<void> {
  await stopUserNodes(dir, plan);
  await metaHost(dir, plan).stop();
  await restoreMachine(() => removeBridge(plan));
}

/** What marks the directory as ours goes last, so that a removal that was cut off can be repeated. */
async function removeFiles({ root, installation }: DataDir): Promise<void> {
  for (const name of await namesIn(root)) {
    const path = join(root, name);
    if (path !== installation) await rm(path, { recursive: true, force: true });
  }
  await rm(root, { recursive: true, force: true });
  await releaseNetwork(root);
}

/** Empty for a directory that is not there. */
async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
