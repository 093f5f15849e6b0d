import { expect, it } from '@jest/globals';
import type { Instance } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import type { RolloutTarget } from '../../model/rollout.js';
import { versionsAfter, versionsBefore } from './draft-versions.js';

const draft = (template: number, config?: number) =>
  ({
    spec: {
      template: { name: 'shop', version: template },
      ...(config !== undefined && { config: { name: 'prod', version: config } }),
    },
  }) as Instance;
const target: RolloutTarget = {
  cluster: 'demo',
  instance: 'shop',
  phase: 'Done',
  before: { web: 3 },
  releases: { web: 4 },
};
/** Release 3 of web, published with these versions. */
const published = (template: number, config: number, name = 'prod') =>
  new Map([
    [
      'web',
      [
        {
          spec: {
            revision: 3,
            inputs: { template: { name: 'shop', version: template }, config: { name, version: config } },
          },
        } as Release,
      ],
    ],
  ]);

it('a rollout moves what it names, and leaves the rest', () => {
  expect(versionsAfter({ configVersion: 9 }, draft(2, 5))).toEqual(draft(2, 9).spec);
  expect(versionsAfter({ templateVersion: 7, configVersion: 9 }, draft(2))).toEqual(draft(7).spec);
});

it('taken back, what it moved is at what was published before', () => {
  expect(versionsBefore({ configVersion: 9 }, draft(2, 9), target, published(2, 5))).toEqual(
    draft(2, 5).spec,
  );
});

it('what somebody drafted since stays', () => {
  expect(versionsBefore({ configVersion: 9 }, draft(2, 10), target, published(2, 5))).toEqual(
    draft(2, 10).spec,
  );
  const other = published(2, 5, 'other');
  expect(versionsBefore({ configVersion: 9 }, draft(2, 9), target, other)).toEqual(draft(2, 9).spec);
});

it('where nothing was published before, the draft stays', () => {
  const fresh = { ...target, before: {} };
  expect(versionsBefore({ configVersion: 9 }, draft(2, 9), fresh, new Map())).toEqual(draft(2, 9).spec);
});
