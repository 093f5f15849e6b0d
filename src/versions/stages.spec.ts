import { describe, expect, it } from '@jest/globals';
import { nextStage, stagesTo, visibleVersion } from './stages.js';

const show = (from: Parameters<typeof stagesTo>[0], to: string): string[] =>
  stagesTo(from, to).map(
    ({ kubernetesVersion, actsAs }) => kubernetesVersion + (actsAs ? ` as ${actsAs}` : ''),
  );

describe('the way from one version to another', () => {
  it('goes up a minor by way of the new binaries acting as the old minor', () => {
    expect(show({ kubernetesVersion: '1.35.4' }, '1.36.3')).toEqual(['1.36.3 as 1.35.4', '1.36.3']);
  });

  it('takes a patch release at once, up and down', () => {
    expect(show({ kubernetesVersion: '1.36.1' }, '1.36.3')).toEqual(['1.36.3']);
    expect(show({ kubernetesVersion: '1.36.3' }, '1.36.1')).toEqual(['1.36.1']);
  });

  it('goes back from the soak by swapping the binaries alone', () => {
    expect(show({ kubernetesVersion: '1.36.3', actsAs: '1.35.4' }, '1.35.4')).toEqual(['1.35.4']);
  });

  it('goes back after the end through acting as the old minor', () => {
    expect(show({ kubernetesVersion: '1.36.3' }, '1.35.4')).toEqual(['1.36.3 as 1.35.4', '1.35.4']);
  });

  it('keeps acting as the old minor when a patch comes in the soak', () => {
    expect(show({ kubernetesVersion: '1.36.1', actsAs: '1.35.4' }, '1.36.3')).toEqual([
      '1.36.3 as 1.35.4',
      '1.36.3',
    ]);
  });

  it('ends one minor before it begins the next', () => {
    expect(nextStage({ kubernetesVersion: '1.36.3', actsAs: '1.35.4' }, '1.37.0')).toEqual({
      kubernetesVersion: '1.36.3',
    });
  });

  it.each([
    ['1.35.4', '1.37.0'],
    ['1.37.0', '1.35.4'],
    ['1.35.4', '2.35.4'],
  ])('refuses %s to %s', (from, to) => {
    expect(() => nextStage({ kubernetesVersion: from }, to)).toThrow(
      expect.objectContaining({ code: 'UpgradePathRefused' }),
    );
  });

  it('shows nodes the version it acts as', () => {
    expect(visibleVersion({ kubernetesVersion: '1.36.3', actsAs: '1.35.4' })).toBe('1.35.4');
    expect(visibleVersion({ kubernetesVersion: '1.36.3' })).toBe('1.36.3');
  });
});
