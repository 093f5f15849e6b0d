import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import { claimName } from '../../backup/restore-pod.js';
import type { Json } from '../../kube/types.js';
import { FIELD_MANAGER, type ClusterScope, withLabels } from '../scope.js';

/** Volumes of members that somebody deleted, as the StatefulSet would claim them. */
export async function ensureClaims(scope: ClusterScope, members: readonly string[]): Promise<void> {
  const workload = scope.masters.get('etcd')?.find(({ kind }) => kind === 'StatefulSet');
  const { volumeClaimTemplates = [] } = (workload?.['spec'] ?? {}) as {
    volumeClaimTemplates?: { spec: Json<V1PersistentVolumeClaimSpec> }[];
  };
  const [template] = volumeClaimTemplates;
  if (!template) return;
  for (const member of members) await createClaim(scope, claimName(member), template.spec);
}

async function createClaim(
  scope: ClusterScope,
  name: string,
  spec: Json<V1PersistentVolumeClaimSpec>,
): Promise<void> {
  const { namespace } = scope;
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace }, spec };
  await scope.services.client.createOnce(withLabels(claim, scope.cluster), { fieldManager: FIELD_MANAGER });
}
