/** Uses a cluster that is there already as the meta-cluster: starts nothing but the Berth service. */
import { type StepReporter, step } from '../core/progress.js';
import { applyBerthObjects } from './addons/berth-objects.js';
import type { Endpoints } from './embedded-cluster.js';
import {
  type Installation,
  newServiceIdentity,
  readInstallation,
  writeInstallation,
} from './installation.js';
import { berthService, lockDataDir, withClient } from './parts.js';
import { MAX_NETWORKS } from './network/plan.js';
import { dataDir } from './paths.js';
import { choosePort } from './service/port.js';

export interface ExternalSettings {
  /** Absolute path. */
  dataDir: string;
  /** Absolute path of a kubeconfig of the cluster's administrator. */
  metaKubeconfig: string;
  port?: number;
}

/** Applies Berth's kinds there and starts the service on this machine, as any user, on any system. */
export async function useCluster(settings: ExternalSettings, reporter: StepReporter): Promise<Endpoints> {
  const { metaKubeconfig, port } = settings;
  const dir = dataDir(settings.dataDir);
  await using _lock = await lockDataDir(dir, 'berth up', reporter);
  const existing = await readInstallation(dir);
  const installation: Installation = {
    versions: [],
    metaKubeconfig,
    servicePort: port ?? existing?.servicePort ?? (await choosePort(MAX_NETWORKS)),
    serviceIdentity: existing?.serviceIdentity ?? newServiceIdentity(),
  };
  await step(reporter, 'objects', "Berth's own kinds", () => withClient(metaKubeconfig, applyBerthObjects));
  await writeInstallation(dir, installation);
  const service = berthService(dir, installation);
  await step(reporter, 'service', 'Berth service', () => service.ensure());
  return { service: service.url, kubeconfig: metaKubeconfig };
}
