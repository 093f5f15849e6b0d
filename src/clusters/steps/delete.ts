import type { ComponentName } from '../../control-plane/component.js';
import { components } from '../../control-plane/render.js';
import { resources } from '../../kube/resources.js';
import { goOn, type StepResult, wait } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { finalizers, labels } from '../../model/names.js';
import { releaseAuthorities } from '../authorities.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

/** Seconds a master gets to stop when its cluster is deleted: nobody is served any more, only files are closed. */
const GRACE_SECONDS = 2;

/** Stops masters whose dependants are gone: an API server that outlives its etcd hangs until it is killed. */
function stopMasters(name: string, names: readonly ComponentName[]): ClusterStep {
  return {
    name,
    async run(scope) {
      const results = await Promise.all(names.map((component) => stopComponent(scope, component)));
      return results.find(({ kind }) => kind !== 'continue') ?? goOn;
    },
  };
}

async function stopComponent(scope: ClusterScope, name: ComponentName): Promise<StepResult> {
  const { client, world } = scope.services;
  const component = components.find((one) => one.name === name);
  const workload = component && scope.find(resources[component.workload.kind], component.workload.name);
  if (workload && !workload.metadata.deletionTimestamp) await world.remove(workload);
  const pods = world
    .list(resources.Pod, scope.namespace)
    .filter(({ metadata }) => metadata.labels?.[labels.component] === name);
  const options = { gracePeriodSeconds: GRACE_SECONDS };
  // The garbage collector may have been first, and gives a pod all the time it asks for.
  const patient = pods.filter(
    ({ metadata }) => !(Number(metadata['deletionGracePeriodSeconds']) <= GRACE_SECONDS),
  );
  await Promise.all(patient.map(({ metadata }) => client.delete(resources.Pod, metadata, options)));
  return pods.length + (workload ? 1 : 0) === 0
    ? goOn
    : wait('Stopping', `${pods.length} pods of ${name} are stopping`);
}

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
