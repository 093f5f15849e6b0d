/** Tells the version catalogue which versions' images are on the node. */
import { systemClock } from '../../core/clock.js';
import type { KubeClient } from '../../kube/client.js';
import { isTrue, setCondition, versionConditions } from '../../model/conditions.js';
import { berthResources } from '../../model/kinds.js';

/** Sets `ImagesPresent` on these Kubernetes versions, as far as the catalogue has them. */
export async function markPresent(client: KubeClient, versions: readonly string[]): Promise<void> {
  const { items } = await client.list(berthResources.ControlPlaneVersion);
  const type = versionConditions.imagesPresent;
  for (const { metadata, spec, status } of items) {
    if (!versions.includes(spec.kubernetesVersion) || isTrue(status?.conditions, type)) continue;
    const input = { type, status: 'True' as const, reason: 'Imported', message: '' };
    const conditions = setCondition(status?.conditions, input, new Date(systemClock.now()));
    await client.patch(
      berthResources.ControlPlaneVersion,
      metadata,
      { status: { conditions } },
      { subresource: 'status' },
    );
  }
}
