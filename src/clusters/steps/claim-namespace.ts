import { resources } from '../../kube/resources.js';
import { goOn, wait } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { finalizers } from '../../model/names.js';
import type { ClusterStep } from '../scope.js';

/** The namespace is ours and locked down, and the cluster cannot vanish before its masters are stopped. */
export const claimNamespace: ClusterStep = {
  name: 'ClaimNamespace',
  async run(scope) {
    const { client, world } = scope.services;
    const namespace = world.find(resources.Namespace, { name: scope.namespace });
    if (namespace?.metadata.deletionTimestamp) {
      return wait('NamespaceTerminating', `namespace ${scope.namespace} is being deleted`);
    }
    await scope.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: scope.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const present = scope.cluster.metadata.finalizers ?? [];
    if (present.includes(finalizers.cluster)) return goOn;
    // The resourceVersion makes this a conflict when somebody else changed the list meanwhile.
    const metadata = { finalizers: [...present, finalizers.cluster], resourceVersion: scope.resourceVersion };
    const patched = await client.patch(berthResources.Cluster, scope.cluster.metadata, { metadata });
    scope.resourceVersion = patched.metadata.resourceVersion;
    return goOn;
  },
};
