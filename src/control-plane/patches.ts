import { stableStringify } from '../core/digest.js';
import { BerthError, type FieldProblem } from '../core/errors.js';
import type { KubeObject } from '../kube/types.js';
import type { PodSpec } from './component.js';
import { ownedFields, type OwnedField } from './owned-fields.js';
import { printPath, readPath } from './path.js';
import { restrictedViolations } from './pod-security.js';
import { PatchMismatch, strategicMerge } from './strategic-merge.js';

/** A cluster's patches of the generated objects, and the rules they must keep. */

export interface Patched<Component> {
  objects: ReadonlyMap<Component, KubeObject[]>;
  /** A patch with a problem is left out of `objects`. */
  problems: FieldProblem[];
}

/** What patches of some objects must keep. */
export interface PatchRules {
  /** The field that holds the patches. */
  path: string;
  /** Whose objects they are, for messages. */
  whose: string;
  /** What is wrong with an object once it is patched. */
  problems: (change: PatchedObject) => FieldProblem[];
}

/** An object and what a patch made of it; `path` is that of the patch. */
export interface PatchedObject {
  before: KubeObject;
  after: KubeObject;
  path: string;
}

const mastersRules: PatchRules = {
  path: 'spec.patches',
  whose: "the masters'",
  problems: (change) => [
    ...ownershipProblems(ownedFields(change.before), change),
    ...podProblems(change.after, change.path),
  ],
};

interface Patch {
  target: { kind: string; name: string };
  patch: Record<string, unknown>;
}

/** Applies the patches in their order. */
export function applyPatches<Component>(
  rendered: ReadonlyMap<Component, KubeObject[]>,
  patches: readonly Patch[],
  rules: PatchRules = mastersRules,
): Patched<Component> {
  const objects = new Map([...rendered].map(([component, list]) => [component, [...list]]));
  const problems = patches.flatMap((patch, index) =>
    applyPatch(objects, patch, { ...rules, path: `${rules.path}[${index}]` }),
  );
  return { objects, problems };
}

/** The refusal of a spec with such problems. */
export function specInvalid(problems: FieldProblem[]): BerthError {
  return new BerthError('ClusterSpecInvalid', problems.map(({ message }) => message).join(' '), {
    status: 422,
    fields: problems,
    next: 'Correct the fields that are named.',
  });
}

function applyPatch(
  objects: Map<unknown, KubeObject[]>,
  { target, patch }: Patch,
  { path, whose, problems: check }: PatchRules,
): FieldProblem[] {
  const list = [...objects.values()].find((candidates) => candidates.some(matches(target)));
  const index = list?.findIndex(matches(target)) ?? -1;
  const before = list?.[index];
  if (!list || !before) return [targetMissing(objects, target, { path: `${path}.target`, whose })];
  const after = merge(before, patch, path);
  if ('code' in after) return [after];
  const problems = check({ before, after: after.object, path });
  if (problems.length === 0) list[index] = after.object;
  return problems;
}

function matches({ kind, name }: Patch['target']) {
  return (object: KubeObject) => object.kind === kind && object.metadata.name === name;
}

function targetMissing(
  objects: Map<unknown, KubeObject[]>,
  { kind, name }: Patch['target'],
  { path, whose }: Omit<PatchRules, 'problems'>,
): FieldProblem {
  const names = [...objects.values()].flat().filter((object) => object.kind === kind);
  const known = names.map(({ metadata }) => metadata.name).join(', ') || 'none here';
  return {
    path,
    code: 'PatchTargetMissing',
    message: `There is no ${kind} ${name} among ${whose} objects. Name one of: ${known}.`,
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
export function ownershipProblems(
  fields: readonly OwnedField[],
  { before, after, path }: PatchedObject,
): FieldProblem[] {
  const changed = fields.filter(
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
