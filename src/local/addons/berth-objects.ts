/** What Berth itself needs in whichever cluster is the meta-cluster: its kinds, its namespace, its catalogue. */
import { join } from 'node:path';
import type { KubeClient } from '../../kube/client.js';
import { MANIFESTS } from '../paths.js';
import { applyDirectory } from './apply.js';

export async function applyBerthObjects(client: KubeClient): Promise<void> {
  for (const folder of ['crds', 'berth']) await applyDirectory(client, join(MANIFESTS, folder));
}
