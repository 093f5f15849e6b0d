import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { KubeObject } from '../kube/types.js';
import { pageOf } from './paging.js';

const named = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name } });
const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 60 });

function walk(all: (step: number) => KubeObject[], limit: number): string[] {
  const seen: string[] = [];
  let token: string | undefined;
  for (let step = 0; ; step++) {
    const page = pageOf(all(step), { limit, token, filter: 'x' });
    seen.push(...page.items.map(({ metadata }) => metadata.name));
    if (page.continue === undefined) return seen;
    token = page.continue;
  }
}

describe('paging', () => {
  it('shows everything once and in order, whatever the size of a page', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 20 }), (all, limit) => {
        expect(walk(() => all.map(named), limit)).toEqual(all.toSorted());
      }),
    );
  });

  it('loses and repeats nothing that stays while others come and go between pages', () => {
    fc.assert(
      fc.property(
        names,
        fc.array(names, { maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (stay, guests, limit) => {
          const during = (step: number) => [...new Set([...stay, ...(guests[step] ?? [])])].map(named);
          const seen = walk(during, limit);
          expect(seen).toEqual([...new Set(seen)]);
          expect(stay.filter((name) => !seen.includes(name))).toEqual([]);
        },
      ),
    );
  });
});
