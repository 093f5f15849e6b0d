/** Ends what `up` started. Works on what a cut-off `up` left, and can be repeated. */
import { rm } from 'node:fs/promises';
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

export async function takeDown(
  { dataDir: root, purge }: TakeDownOptions,
  reporter: StepReporter,
): Promise<void> {
  const dir = dataDir(root);
  await using _lock = await lockDataDir(dir, 'berth down', reporter);
  await step(reporter, 'service', 'Stop the Berth service', () => stopProcesses(dir));
  const index = await allocatedNetwork(root);
  if (index !== undefined) {
    await step(reporter, 'sandbox', 'Stop the meta-cluster', () => stopHosts(dir, networkPlan(index)));
  }
  if (purge) await step(reporter, 'purge', `Remove ${root}`, () => removeFiles(root));
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

async function removeFiles(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await releaseNetwork(root);
}
