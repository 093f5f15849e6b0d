import { stableStringify } from '../core/digest.js';
import type { FieldProblem } from '../core/errors.js';
import type { KubeObject } from '../kube/types.js';
import type { ObjectPatch } from '../model/cluster.js';
import type { PodSpec } from './component.js';
import { ownedFields } from './owned-fields.js';
import { printPath, readPath } from './path.js';
import { restrictedViolations } from './pod-security.js';
import { PatchMismatch, strategicMerge } from './strategic-merge.js';

/** A cluster's patches of the generated objects, and the rules they must keep. */

export interface Patched<Component> {
  objects: ReadonlyMap<Component, KubeObject[]>;
  /** A patch with a problem is left out of `objects`. */
  problems: FieldProblem[];
}

/** Applies the patches in their order. */
export function applyPatches<Component>(
  rendered: ReadonlyMap<Component, KubeObject[]>,
  patches: readonly ObjectPatch[],
): Patched<Component> {
  const objects = new Map([...rendered].map(([component, list]) => [component, [...list]]));
  const problems = patches.flatMap((patch, index) => applyPatch(objects, patch, `spec.patches[${index}]`));
  return { objects, problems };
}

function applyPatch(
  objects: Map<unknown, KubeObject[]>,
  { target, patch }: ObjectPatch,
  path: string,
): FieldProblem[] {
  const list = [...objects.values()].find((candidates) => candidates.some(matches(target)));
  const index = list?.findIndex(matches(target)) ?? -1;
  const before = list?.[index];
  if (!list || !before) return [targetMissing(objects, target, `${path}.target`)];
  const after = merge(before, patch, path);
  if ('code' in after) return [after];
  const problems = [...ownershipProblems(before, after.object, path), ...podProblems(after.object, path)];
  if (problems.length === 0) list[index] = after.object;
  return problems;
}

function matches({ kind, name }: ObjectPatch['target']) {
  return (object: KubeObject) => object.kind === kind && object.metadata.name === name;
}

function targetMissing(
  objects: Map<unknown, KubeObject[]>,
  { kind, name }: ObjectPatch['target'],
  path: string,
): FieldProblem {
  const names = [...objects.values()].flat().filter((object) => object.kind === kind);
  const known = names.map(({ metadata }) => metadata.name).join(', ') || 'none with this plan';
  return {
    path,
    code: 'PatchTargetMissing',
    message: `There is no ${kind} ${name} among the masters' objects. Name one of: ${known}.`,
  };
}

function merge(
  before: KubeObject,
  patch: Record<string, unknown>,
  path: string,
): { object: KubeObject } | (FieldProblem & { code: string }) {
  try {
    return { object: strategicMerge(before, patch) };
  } catch (error) {
    if (!(error instanceof PatchMismatch)) throw error;
    return {
      path: [path, 'patch', error.path].filter(Boolean).join('.'),
      code: 'PatchInvalid',
      message: `The patch does not fit ${before.kind} ${before.metadata.name}: ${error.message}.`,
    };
  }
}

/** Fields that Berth sets from elsewhere keep their values. */
function ownershipProblems(before: KubeObject, after: KubeObject, path: string): FieldProblem[] {
  const changed = ownedFields(before).filter(
    (field) => stableStringify(readPath(before, field.path)) !== stableStringify(readPath(after, field.path)),
  );
  return changed.map((field) => ({
    path: `${path}.patch.${printPath(field.path)}`,
    code: 'PatchRefused',
    message: `${printPath(field.path)} of ${before.kind} ${before.metadata.name} is set by Berth. ${field.instead}`,
  }));
}

function podProblems(object: KubeObject, path: string): FieldProblem[] {
  const spec = readPath(object, ['spec', 'template', 'spec']) as PodSpec | undefined;
  if (!spec) return [];
  return restrictedViolations(spec).map((violation) => ({
    path: `${path}.patch.spec.template.spec.${violation.path}`,
    code: 'PodSecurityViolated',
    message: `${violation.message}: masters run under the Pod Security Standard "restricted". Leave it out.`,
  }));
}
