import { resources } from '../../kube/resources.js';
import { goOn, wait } from '../../kube/steps.js';
import { clusterConditions } from '../../model/conditions.js';
import { joinObjects } from '../../nodes/join-objects.js';
import { CA_BUNDLE } from '../../pki/certificates.js';
import { visibleVersion } from '../../versions/stages.js';
import { nodeServer } from '../node-server.js';
import { type ClusterScope, type ClusterStep, FIELD_MANAGER } from '../scope.js';

/** Machines find in the hosted cluster what `kubeadm join` asks for. */
export const prepareForNodes: ClusterStep = {
  name: 'PrepareForNodes',
  condition: clusterConditions.nodes,
  async run(scope) {
    const server = nodeServer(scope.status);
    const authority = authorityOf(scope);
    const { pinned } = scope.status;
    if (!server || !authority || !pinned) return wait('MastersUnknown', 'the masters are not settled yet');
    const objects = joinObjects({
      clusterName: scope.name,
      kubernetesVersion: visibleVersion(pinned),
      server,
      authority,
      network: scope.cluster.spec.network,
    });
    const hosted = await scope.services.hosted.open(scope);
    await hosted.ensure(objects, FIELD_MANAGER);
    return goOn;
  },
};

function authorityOf(scope: ClusterScope): string | undefined {
  return scope.find(resources.ConfigMap, CA_BUNDLE)?.data?.['ca.crt'];
}
