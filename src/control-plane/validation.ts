import type { FieldProblem } from '../core/errors.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import type { PlanSpec } from '../model/plan.js';
import { componentKeys } from './adapt.js';
import { flagProblem } from './flag-rules.js';
import { networkProblems } from './network.js';
import { applyPatches } from './patches.js';
import { renderRecipe } from './render.js';

/**
 * Everything that is wrong with a cluster's spec beyond its schema: networks, flags, patches. The REST API refuses
 * with it, the reconciler stops with it. Pure.
 */
export function validateClusterSpec(
  spec: ClusterSpec,
  plan: PlanSpec,
  version: ControlPlaneVersionSpec,
): FieldProblem[] {
  return [...networkProblems(spec.network), ...flagProblems(spec), ...patchProblems(spec, plan, version)];
}

function flagProblems(spec: ClusterSpec): FieldProblem[] {
  return (['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const).flatMap((component) => {
    const key = componentKeys[component];
    return Object.entries(spec[key]?.extraArgs ?? {}).flatMap(([flag, value]) => {
      const found = flagProblem(component, flag, value);
      return found ? [{ path: `spec.${key}.extraArgs.${flag}`, ...found }] : [];
    });
  });
}

/** The objects' names and what patches may not change in them are the same for every cluster of a plan and version. */
function patchProblems(spec: ClusterSpec, plan: PlanSpec, version: ControlPlaneVersionSpec): FieldProblem[] {
  if (!spec.patches?.length) return [];
  const cluster = { name: 'validated', namespace: 'validated', spec };
  const recipe = renderRecipe({ cluster, plan, version, service: { type: 'ClusterIP' } });
  return applyPatches(recipe, spec.patches).problems;
}
