import { resources } from '../../kube/resources.js';
import { goOn } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { finalizers } from '../../model/names.js';
import { releaseAuthorities } from '../authorities.js';
import type { ClusterStep } from '../scope.js';
import { stopMasters } from './stop-masters.js';

const deleteNamespace: ClusterStep = {
  name: 'DeleteNamespace',
  async run(scope) {
    const { client, hosted, world } = scope.services;
    await hosted.close(scope.name);
    await releaseAuthorities(scope);
    // Ahead of the namespace, which looks again only many seconds later when it finds claims that are in use.
    await client.deleteCollection(resources.PersistentVolumeClaim, { namespace: scope.namespace });
    const namespace = world.find(resources.Namespace, { name: scope.namespace });
    if (namespace && !namespace.metadata.deletionTimestamp) {
      await client.delete(resources.Namespace, namespace.metadata);
    }
    return goOn;
  },
};

/** The last step: after it the namespace empties itself and nothing of the cluster is left. */
const releaseCluster: ClusterStep = {
  name: 'ReleaseCluster',
  async run({ cluster, resourceVersion, services: { client } }) {
    const rest = (cluster.metadata.finalizers ?? []).filter((finalizer) => finalizer !== finalizers.cluster);
    await client.patch(berthResources.Cluster, cluster.metadata, {
      metadata: { finalizers: rest, resourceVersion },
    });
    return goOn;
  },
};

export const deleteSteps: readonly ClusterStep[] = [
  stopMasters('StopControllers', ['kube-controller-manager', 'kube-scheduler']),
  stopMasters('StopAPIServer', ['kube-apiserver']),
  stopMasters('StopEtcd', ['etcd']),
  deleteNamespace,
  releaseCluster,
];
