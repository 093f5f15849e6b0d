import { type Component, type ComponentName, SHARED } from '../../control-plane/component.js';
import { components } from '../../control-plane/render.js';
import {
  componentStatus,
  type ComponentState,
  isSettled,
  mayBeApplied,
  versionOf,
} from '../../control-plane/status.js';
import type { ConditionInput } from '../../model/conditions.js';
import { labels } from '../../model/names.js';
import { resources } from '../../kube/resources.js';
import { goOn, wait } from '../../kube/steps.js';
import type { KubeObject } from '../../kube/types.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { isNewer, visibleVersion } from '../../versions/stages.js';
import { asServed } from '../exposing.js';
import { MAKING_WAY, makesWayUntil } from '../making-way.js';
import { isComparing } from '../restore/compare-data.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { isUnderWay } from '../upgrades/policy.js';

/**
 * Every component whose dependencies are settled is applied, one after the other: what one is changed to counts for
 * those that depend on it. That alone orders creation and upgrades. The steps after this one only look.
 */
export const applyMasters: ClusterStep = {
  name: 'ApplyMasters',
  async run(scope) {
    await applyShared(scope);
    const states = new Map(components.map((component) => [component.name, stateOf(scope, component)]));
    const isDown = isStepDown(scope);
    scope.makesWay = makesWayUntil(scope);
    for (const component of isDown ? components.toReversed() : components) {
      const isReady = isDown ? mayBeTakenBack(component, states) : mayBeApplied(component, states);
      if (!isReady || isHeldBack(scope, component)) continue;
      if (isMakingWay(scope, component)) continue;
      await applyAll(scope, scope.masters.get(component.name) ?? []);
      states.set(component.name, stateOf(scope, component));
    }
    await prune(scope);
    scope.status.components = [...states.values()].map(({ status }) => status);
    for (const component of components)
      scope.setCondition(conditionOf(component, states.get(component.name)));
    return goOn;
  },
};

/** What belongs to no single component and every pod needs, such as their service account. */
export async function applyShared(scope: ClusterScope): Promise<void> {
  await applyAll(scope, scope.masters.get(SHARED) ?? []);
}

/** Nobody writes before the restored data is compared. */
function isHeldBack(scope: ClusterScope, { name }: Component): boolean {
  return name !== 'etcd' && isComparing(scope);
}

/** Not created yet, as the API servers of other clusters go first. Those wake it (ClusterManager) when they are through. */
function isMakingWay(scope: ClusterScope, { dependencies, workload: { kind, name } }: Component): boolean {
  const isController = dependencies.includes('kube-apiserver');
  if (!isController || scope.makesWay === undefined || scope.find(resources[kind], name)) return false;
  scope.lookAgainAt(scope.makesWay);
  return true;
}

/** Masters go to an older stage in reversed order: none is ever newer than the API server it talks to. */
function isStepDown({ stage, status: { upgrade } }: ClusterScope): boolean {
  const { before } = upgrade ?? {};
  if (!isUnderWay(upgrade) || !before) return false;
  return (
    isNewer(before.kubernetesVersion, stage.kubernetesVersion) ||
    isNewer(visibleVersion(before), visibleVersion(stage))
  );
}

/** What depends on it has been taken back. */
function mayBeTakenBack({ name }: Component, states: ReadonlyMap<ComponentName, ComponentState>): boolean {
  return components
    .filter(({ dependencies }) => dependencies.includes(name))
    .every((dependent) => {
      const state = states.get(dependent.name);
      return state !== undefined && isSettled(state);
    });
}

function conditionOf({ conditionType: type }: Component, state: ComponentState | undefined): ConditionInput {
  const { reason = 'NotCreated', status } = state ?? {};
  return {
    type,
    status: state && isSettled(state) ? 'True' : 'False',
    reason,
    message: status?.message ?? '',
  };
}

/** A step that waits for one component. */
export function awaitComponent(component: Component): ClusterStep {
  return {
    name: stepNames[component.name],
    condition: component.conditionType,
    run(scope) {
      const state = stateOf(scope, component);
      if (isSettled(state)) return goOn;
      if (isMakingWay(scope, component))
        return wait(MAKING_WAY, 'API servers of other new clusters start first');
      return wait(state.reason, state.status.message ?? '');
    },
  };
}

const stepNames = {
  etcd: 'StartEtcd',
  'kube-apiserver': 'StartAPIServer',
  'kube-controller-manager': 'StartControllerManager',
  'kube-scheduler': 'StartScheduler',
} as const satisfies Record<ComponentName, string>;

function stateOf(scope: ClusterScope, component: Component): ComponentState {
  const { kind, name } = component.workload;
  const live = scope.find<KubeObject>(resources[kind], name);
  const desired = desiredOf(scope, component);
  return componentStatus(component, desired, live, scope.services.world.list(resources.Pod, scope.namespace));
}

/** Version and replicas as the pinned workload has them. */
function desiredOf(
  scope: ClusterScope,
  { name, workload }: Component,
): { version: string; replicas: number } {
  const object = scope.masters
    .get(name)
    ?.find(({ kind, metadata }) => kind === workload.kind && metadata.name === workload.name);
  const spec = object?.['spec'] as { replicas?: number } | undefined;
  return { version: (object && versionOf(object)) ?? '', replicas: spec?.replicas ?? 1 };
}

async function applyAll(scope: ClusterScope, objects: readonly KubeObject[]): Promise<void> {
  await Promise.all(objects.map((object) => scope.apply(withEtcdPods(asServed(object, scope), scope))));
}

/** While members of etcd change, its pods follow its members. */
function withEtcdPods(object: KubeObject, { etcdPods }: ClusterScope): KubeObject {
  if (!etcdPods || object.kind !== 'StatefulSet' || object.metadata.name !== ETCD_SERVICE) return object;
  const { replicas, partition } = etcdPods;
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition } };
  return { ...object, spec: { ...(object['spec'] as object), replicas, updateStrategy } };
}

/**
 * Objects of a component that are no longer rendered, such as the budget of a plan with more replicas. What another
 * controller made for a workload (a StatefulSet's ControllerRevisions) carries the workload's labels, and is not ours.
 */
async function prune(scope: ClusterScope): Promise<void> {
  const desired = new Set([...scope.masters.values()].flat().map(idOf));
  for (const object of scope.services.world.owned(scope.namespace)) {
    const { labels: own, ownerReferences = [] } = object.metadata;
    if (own?.[labels.component] === undefined || ownerReferences.length > 0 || desired.has(idOf(object)))
      continue;
    await scope.services.world.remove(object);
  }
}

function idOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}
