import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../../core/errors.js';
import type { Instance, VersionRef } from '../../model/instance.js';
import type { Release, ReleaseAction, ReleaseStatus } from '../../model/release.js';
import { redactorOf } from './redaction.js';
import type { Renderer } from './rendering.js';

const gone = new BerthError('ConfigVersionNotFound', 'There is no version 2 of config "shop".', {
  status: 404,
});
const busy = new BerthError('ApiUnreachable', 'no answer', { status: 503, transient: true });

/** Version 3 has the secret `secret-3`; `failing` ones cannot be read. */
const rendererOf = (failing: Record<number, Error> = {}): Renderer => ({
  render: () => Promise.reject(new Error('the template does not render')),
  services: () => Promise.resolve([]),
  redactor: (_tenant: string, config: VersionRef | undefined) => {
    const failure = failing[config?.version ?? 0];
    if (failure) return Promise.reject(failure);
    return Promise.resolve((text: string) => text.replaceAll(`secret-${config?.version}`, '***'));
  },
});

const release = (revision: number, phase: ReleaseStatus['phase'], action: ReleaseAction = 'Deploy') =>
  ({
    spec: {
      revision,
      service: 'web',
      action,
      inputs: { template: { name: 'shop', version: 1 }, config: { name: 'shop', version: revision } },
    },
    status: { phase },
  }) as Release;

const DRAFT = 9;
const historyOf = (...releases: Release[]) => ({
  instance: { spec: { config: { name: 'shop', version: DRAFT } } } as Instance,
  tenant: 'default',
  releases: new Map([['web', releases]]),
});

describe('what is hidden', () => {
  it('are values of the published release, of those after it, of the draft and of what is shown', async () => {
    const old = release(1, 'Published');
    const history = historyOf(old, release(2, 'Published'), release(3, 'Failed'), release(4, 'Waiting'));
    const text = [1, 2, 3, 4, DRAFT].map((version) => `secret-${version}`).join(' ');
    expect((await redactorOf(rendererOf(), history))(text)).toBe('secret-1 *** *** *** ***');
    expect((await redactorOf(rendererOf(), history, [old]))(text)).toBe('*** *** *** *** ***');
  });

  it('are values of a first release that failed, although nothing is published', async () => {
    expect((await redactorOf(rendererOf(), historyOf(release(1, 'Failed'))))('a secret-1')).toBe('a ***');
  });
});

describe('when it cannot be known', () => {
  it.each([
    ['a version that may be applied is gone', { 2: gone }, { code: 'SecretsUnknown', status: 409 }],
    ['a version that may be applied cannot be read now', { 2: busy }, busy],
    ['the draft cannot be read now', { [DRAFT]: busy }, busy],
  ])('nothing is shown: %s', async (_what, failing, expected) => {
    const history = historyOf(release(1, 'Published'), release(2, 'Failed'));
    await expect(redactorOf(rendererOf(failing), history)).rejects.toMatchObject(expected);
  });

  it.each([
    ['of a draft whose version is gone', { [DRAFT]: gone }],
    ['of what was before the published release', { 1: busy }],
    ['of what was taken away', { 3: busy }],
  ])('there is nothing to hide %s', async (_what, failing) => {
    const history = historyOf(
      release(1, 'Published'),
      release(2, 'Published'),
      release(3, 'Failed', 'Undeploy'),
    );
    expect((await redactorOf(rendererOf(failing), history))('secret-2')).toBe('***');
  });
});
