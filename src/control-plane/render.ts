import { owned } from './adapt.js';
import { asset } from './assets.js';
import { type Component, type ControlPlaneInput, type RenderedControlPlane, SHARED } from './component.js';
import { etcd } from './etcd/etcd.js';
import { kubeApiserver } from './kube-apiserver/kube-apiserver.js';
import { kubeControllerManager } from './kube-controller-manager/kube-controller-manager.js';
import { kubeScheduler } from './kube-scheduler/kube-scheduler.js';
import { applyPatches, specInvalid } from './patches.js';

/** The masters, each after those it depends on. */
export const components: readonly Component[] = [etcd, kubeApiserver, kubeControllerManager, kubeScheduler];

/**
 * Every object of the masters, patched as the cluster asks. Pure: the same input gives the same objects.
 * @throws BerthError `ClusterSpecInvalid` (422) when a patch cannot be applied or breaks a rule; see
 *   `validateClusterSpec`, which tells the same beforehand.
 */
export function renderControlPlane(input: ControlPlaneInput): RenderedControlPlane {
  const { objects, problems } = applyPatches(renderRecipe(input), input.cluster.spec.patches ?? []);
  if (problems.length === 0) return objects;
  throw specInvalid(problems);
}

/** The masters as the recipe has them, without the cluster's patches. */
export function renderRecipe(input: ControlPlaneInput): RenderedControlPlane {
  const shared = [
    asset('shared/service-account.yaml'),
    asset('shared/default-deny.network-policy.yaml'),
    asset('shared/dns.network-policy.yaml'),
  ];
  return new Map([
    [SHARED, shared.map((object) => owned(object, SHARED, input))],
    ...components.map(
      ({ name, render }) => [name, render(input).map((object) => owned(object, name, input))] as const,
    ),
  ]);
}
