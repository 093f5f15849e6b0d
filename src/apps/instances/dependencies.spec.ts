import { describe, expect, it } from '@jest/globals';
import type { ServiceState } from '../../model/instance.js';
import type { Release, ReleaseAction } from '../../model/release.js';
import { blockerOf, wavesOf } from './dependencies.js';

const order = [
  { name: 'web', dependsOn: ['db'] },
  { name: 'db', dependsOn: [] },
];
const pending = (actions: Record<string, ReleaseAction>) =>
  new Map(
    Object.entries(actions).map(([service, action]) => [service, { spec: { action } } as unknown as Release]),
  );
const states = (all: Record<string, ServiceState>) =>
  new Map(Object.entries(all).map(([service, state]) => [service, { state, message: 'why' }]));

describe(blockerOf, () => {
  it.each([
    ['while it is being published', { web: 'Deploy', db: 'Deploy' }, {}, 'db'],
    ['while it starts', { web: 'Deploy' }, { db: 'Deploying' }, 'db'],
    ['when it failed', { web: 'Deploy' }, { db: 'Failed' }, 'db'],
    ['not when it runs', { web: 'Deploy' }, { db: 'Deployed' }, undefined],
    ['not when nobody asked for it', { web: 'Deploy' }, { db: 'NotDeployed' }, undefined],
  ] as const)('what depends on a service waits %s', (_when, actions, seen, blocker) => {
    const facts = { order, pending: pending(actions), states: states(seen) };
    expect(blockerOf('web', facts)?.service).toBe(blocker);
  });

  it('services are taken away in the reverse order', () => {
    const facts = { order, pending: pending({ web: 'Undeploy', db: 'Undeploy' }), states: states({}) };
    expect(blockerOf('db', facts)?.service).toBe('web');
    expect(blockerOf('web', facts)).toBeUndefined();
  });
});

describe(wavesOf, () => {
  it.each([
    ['what a service needs comes in an earlier wave', ['web', 'db'], [['db'], ['web']]],
    ['what is not asked for does not count', ['web'], [['web']]],
    ['a cycle is one wave', ['a', 'b', 'db'], [['db'], ['a', 'b']]],
  ])('%s', (_what, services, waves) => {
    const cycle = [
      { name: 'a', dependsOn: ['b', 'db'] },
      { name: 'b', dependsOn: ['a'] },
    ];
    expect(wavesOf(services, [...order, ...cycle])).toEqual(waves);
  });
});
