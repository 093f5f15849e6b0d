import type { ComponentName } from '../../control-plane/component.js';
import { components } from '../../control-plane/render.js';
import { resources } from '../../kube/resources.js';
import { goOn, type StepResult, wait } from '../../kube/steps.js';
import { labels } from '../../model/names.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

/** Seconds a master gets to stop when all of them stop: nobody is served any more, only files are closed. */
const GRACE_SECONDS = 2;

/** Stops masters whose dependants are gone: an API server that outlives its etcd hangs until it is killed. */
export function stopMasters(name: string, names: readonly ComponentName[]): ClusterStep {
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
