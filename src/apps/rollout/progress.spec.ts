import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import { type RolloutSpec, rolloutSpec, type RolloutTarget } from '../../model/rollout.js';
import { advanced, canGoBack, dueTargets, phaseOf, startStatus, stuck, summarised } from './progress.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const spec = (more: object = {}): RolloutSpec =>
  rolloutSpec.parse({
    targets: ['a', 'b', 'c', 'd'].map((instance) => ({ cluster: 'demo', instance })),
    cause: { user: 'anna' },
    strategy: { maxInFlight: 2, stopAfterFailures: 1 },
    ...more,
  });
const statusWith = (...phases: RolloutTarget['phase'][]) => {
  const start = startStatus(spec(), NOW);
  const targets = start.targets.map((target, i) => ({ ...target, phase: phases[i] ?? 'Pending' }));
  return summarised({ ...start, targets });
};

describe('a rollout', () => {
  it('has no more instances under way than it may', () => {
    expect(dueTargets(spec(), statusWith())).toHaveLength(2);
    expect(dueTargets(spec(), statusWith('Publishing'))).toHaveLength(1);
    expect(dueTargets(spec(), statusWith('Publishing', 'Publishing'))).toEqual([]);
  });

  it('begins none once too many have failed, and stops when those under way are through', () => {
    const underWay = statusWith('Failed', 'Publishing');
    expect(dueTargets(spec(), underWay)).toEqual([]);
    expect(phaseOf(spec(), underWay)).toBe('Running');
    expect(phaseOf(spec(), statusWith('Failed', 'Done'))).toBe('Stopped');
  });

  it.each([
    ['Run', ['Done', 'Unchanged', 'Skipped', 'Done'], 'Succeeded'],
    ['Run', ['Done', 'Pending'], 'Running'],
    ['Pause', ['Done', 'Pending'], 'Paused'],
    ['Abort', ['Done', 'Pending'], 'Aborted'],
    ['RollBack', ['RollingBack', 'RolledBack', 'Pending', 'Pending'], 'RollingBack'],
    ['RollBack', ['RolledBack', 'Unchanged', 'Pending', 'Pending'], 'RolledBack'],
  ] as const)('told to %s with %j is %s', (command, phases, phase) => {
    expect(phaseOf(spec({ command }), statusWith(...phases))).toBe(phase);
  });

  it('goes back only where it changed something that was there before', () => {
    const done: RolloutTarget = { cluster: 'demo', instance: 'a', phase: 'Done', releases: { web: 2 } };
    expect(canGoBack({ ...done, before: { web: 1 } })).toBe(true);
    expect(canGoBack({ ...done, before: {} })).toBe(false);
    expect(canGoBack({ ...done, phase: 'RolledBack', before: { web: 1 } })).toBe(false);
    expect(canGoBack(stuck({ ...done, before: { web: 1 } }, 'no quota'))).toBe(false);
  });
});

describe(advanced, () => {
  const target: RolloutTarget = { cluster: 'demo', instance: 'a', phase: 'Publishing', releases: { web: 2 } };
  const releases = (phase: string) =>
    new Map([
      ['web', [{ spec: { revision: 2 }, status: { phase, message: 'no quota' } } as unknown as Release]],
    ]);
  const instance = (state: string, revision = 2) =>
    ({ status: { services: { web: { state, revision } } } }) as unknown as Instance;

  it.each([
    ['is applied and runs', 'Published', 'Deployed', 'Done'],
    ['is applied and starts', 'Published', 'Deploying', 'Publishing'],
    ['is applied and does not run', 'Published', 'Failed', 'Failed'],
    ['is refused', 'Failed', 'Deployed', 'Failed'],
    ['is still being applied', 'Publishing', 'Deployed', 'Publishing'],
  ])('an instance whose release %s', (_what, release, state, phase) => {
    const evidence = { instance: instance(state), releases: releases(release), awaitDeployed: true };
    expect(advanced(target, evidence).phase).toBe(phase);
  });

  it('an instance has failed as soon as one service has, whichever wait for it', () => {
    const evidence = {
      instance: instance('Failed'),
      releases: new Map([
        ...releases('Published'),
        ['api', [{ spec: { revision: 5 }, status: { phase: 'Waiting' } } as unknown as Release]],
      ]),
      awaitDeployed: true,
    };
    const waiting: RolloutTarget = { ...target, releases: { api: 5, web: 2 } };
    expect(advanced(waiting, evidence)).toMatchObject({
      phase: 'Failed',
      message: expect.stringMatching(/^web: /),
    });
  });

  it('is through when a newer release took over, and failed when the instance is gone', () => {
    const evidence = {
      instance: instance('Deploying', 3),
      releases: releases('Published'),
      awaitDeployed: true,
    };
    expect(advanced(target, evidence).phase).toBe('Done');
    expect(advanced(target, { ...evidence, instance: undefined }).phase).toBe('Failed');
  });
});
