import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { mastersInput } from '../../test/support/masters.js';
import { applyPatches } from './patches.js';
import { readPath } from './path.js';
import { renderRecipe } from './render.js';

const recipe = renderRecipe(mastersInput());
const targets = [...recipe.values()].flat().map(({ kind, metadata }) => ({ kind, name: metadata.name }));

/** Names that mean something, so that patches reach deep into the objects. */
const names = (
  'metadata labels spec template containers volumes name securityContext capabilities add drop ports env selector ' +
  'initContainers seccompProfile sysctls replicas $patch'
).split(' ');
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'large' },
    fc.constantFrom<unknown>(null, true, 0, 'kube-apiserver', 'delete', 'replace', 'ALL'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const patch = fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 4 });

describe('patches of the masters', () => {
  it('are applied or refused with a place and a code, whatever they hold', () => {
    fc.assert(
      fc.property(fc.constantFrom(...targets), patch, (target, content) => {
        const change = { target: target as never, patch: content };
        const { objects, problems } = applyPatches(recipe, [change]);
        for (const problem of problems) {
          expect(problem.code).toMatch(/^Patch|^PodSecurity/);
          expect(problem.path).toMatch(/^spec\.patches\[0\]/);
        }
        if (problems.length > 0) expect(objects).toEqual(recipe);
      }),
      { numRuns: 500 },
    );
  });

  it('never move a workload away from its selector, its account or its flags', () => {
    const kept = [
      ['spec', 'selector'],
      ['spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/component'],
      ['spec', 'template', 'spec', 'serviceAccountName'],
      ['spec', 'template', 'spec', 'containers', { key: 'name', value: 'etcd' }, 'args'],
    ];
    const target = { kind: 'StatefulSet', name: 'etcd' } as const;
    fc.assert(
      fc.property(json, (spec) => {
        const { objects } = applyPatches(recipe, [{ target, patch: { spec: { template: { spec } } } }]);
        const [before, after] = [recipe, objects].map((all) => all.get('etcd')?.at(-1));
        for (const path of kept) expect(readPath(after, path)).toEqual(readPath(before, path));
      }),
      { numRuns: 500 },
    );
  });
});
