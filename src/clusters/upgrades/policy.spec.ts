import { describe, expect, it } from '@jest/globals';
import { clusterSpec } from '../../model/cluster.js';
import { desiredVersion, hasFailed, isUnderWay, isWayBack, progressDeadline, soakEnd } from './policy.js';

const upgrade = {
  from: '1.35.4',
  to: '1.36.3',
  startedAt: '2026-11-21T12:00:00Z',
  before: { kubernetesVersion: '1.35.4' },
  stageStartedAt: '2026-11-21T12:00:00Z',
};
const failed = { attempt: 0, reason: 'ProgressDeadlineExceeded', message: 'late', at: upgrade.startedAt };
const spec = (policy: object = {}) => clusterSpec.parse({ version: '1.36.3', upgrade: policy });
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);

describe('when an upgrade may go on', () => {
  it('soaks for an hour unless told, or until a person ends it', () => {
    const settled = { ...upgrade, stageSettledAt: '2026-11-21T12:05:00Z' };
    expect(soakEnd(spec(), settled)).toBe(at('13:05:00'));
    expect(soakEnd(spec({ soakSeconds: 60 }), settled)).toBe(at('12:06:00'));
    expect(soakEnd(spec({ finalize: 'Manual' }), settled)).toBeUndefined();
    expect(soakEnd(spec(), upgrade)).toBeUndefined();
  });

  it('gives the masters ten minutes for each stage unless told', () => {
    expect(progressDeadline(spec(), upgrade)).toBe(at('12:10:00'));
    expect(progressDeadline(spec({ progressDeadlineSeconds: 60 }), upgrade)).toBe(at('12:01:00'));
  });

  it('may always go back to the stage before', () => {
    expect(isWayBack(upgrade, { kubernetesVersion: '1.35.4' })).toBe(true);
    expect(isWayBack(upgrade, { kubernetesVersion: '1.36.3' })).toBe(false);
  });
});

describe('an upgrade that was rolled back by itself', () => {
  it('stays rolled back as long as the same thing is asked for', () => {
    expect(desiredVersion(spec(), { ...upgrade, failed })).toBe('1.35.4');
    expect(isUnderWay({ ...upgrade, stageStartedAt: undefined, failed })).toBe(false);
  });

  it('is tried again with a new attempt, and forgotten with another version', () => {
    expect(hasFailed({ ...upgrade, failed }, spec({ attempt: 1 }))).toBe(false);
    expect(desiredVersion(spec({ attempt: 1 }), { ...upgrade, failed })).toBe('1.36.3');
    expect(desiredVersion(clusterSpec.parse({ version: '1.36.9' }), { ...upgrade, failed })).toBe('1.36.9');
  });
});
