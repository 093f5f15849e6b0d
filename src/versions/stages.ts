/**
 * The way from one Kubernetes version of the masters to another, as a row of stages. Pure.
 *
 * A minor upgrade first runs the new binaries acting as the old minor (KEP-4330, `--emulated-version`): API, features
 * and what is stored stay those of the old minor, so the old binaries can come back at any moment. Only when that has
 * proved good the masters act as what they are. The way back is the same way, walked backwards.
 */
import semver from 'semver';
import { BerthError } from '../core/errors.js';

/** What the masters run. */
export interface Stage {
  /** Release of the binaries. */
  kubernetesVersion: string;
  /** The release whose minor they act as, while that is not their own. */
  actsAs?: string;
}

/** The stage alone, of something that also knows more. */
export function stageOf({ kubernetesVersion, actsAs }: Stage): Stage {
  return actsAs === undefined ? { kubernetesVersion } : { kubernetesVersion, actsAs };
}

/** `1.36` of `1.36.3`. */
export function minorOf(kubernetesVersion: string): string {
  const [major, minor] = numbersOf(kubernetesVersion);
  return `${major}.${minor}`;
}

/** How many minors `to` is above `from`; negative when it is below. */
export function minorsBetween(from: string, to: string): number {
  const [fromMajor, fromMinor] = numbersOf(from);
  const [toMajor, toMinor] = numbersOf(to);
  if (fromMajor === toMajor) return toMinor - fromMinor;
  throw pathRefused(from, to, 'it is another major version');
}

/** Whether `one` is a later release than `other`, patches counted. */
export function isNewer(one: string, other: string): boolean {
  return semver.gt(one, other);
}

/** The release that users and nodes see: nodes may not be newer than this. */
export function visibleVersion({ kubernetesVersion, actsAs }: Stage): string {
  return actsAs ?? kubernetesVersion;
}

/** `1.36.3`, or `1.36.3-as-1.35.4`. Can be the value of a label. */
export function stageLabel({ kubernetesVersion, actsAs }: Stage): string {
  return actsAs === undefined ? kubernetesVersion : `${kubernetesVersion}-as-${actsAs}`;
}

/**
 * The stage after `current` on the way to `desired`; undefined when it is reached.
 * @throws BerthError `UpgradePathRefused` (422) when `desired` is more than one minor away (version skew policy)
 */
export function nextStage(current: Stage, desired: string): Stage | undefined {
  const { kubernetesVersion: binaries, actsAs } = current;
  const distance = minorsBetween(binaries, desired);
  if (Math.abs(distance) > 1) throw pathRefused(binaries, desired, 'masters move one minor at a time');
  if (distance === 1) {
    // Two minors at once would be under way: the first has to come to its end.
    return actsAs === undefined ? { kubernetesVersion: desired, actsAs: binaries } : finalised(current);
  }
  if (distance === -1) {
    const actsAsDesired = actsAs !== undefined && minorOf(actsAs) === minorOf(desired);
    return actsAsDesired ? { kubernetesVersion: desired } : { ...current, actsAs: desired };
  }
  if (binaries !== desired) return { ...current, kubernetesVersion: desired };
  return actsAs === undefined ? undefined : finalised(current);
}

/**
 * All stages from `current` to `desired`, `current` not among them.
 * @throws BerthError `UpgradePathRefused` (422)
 */
export function stagesTo(current: Stage, desired: string): Stage[] {
  const next = nextStage(current, desired);
  return next ? [next, ...stagesTo(next, desired)] : [];
}

/** Acting as oneself is what an upgrade waits with: from there on new kinds and fields can be stored. */
export function isFinalising(current: Stage, next: Stage): boolean {
  return current.actsAs !== undefined && next.actsAs === undefined && sameBinaries(current, next);
}

function sameBinaries(one: Stage, other: Stage): boolean {
  return one.kubernetesVersion === other.kubernetesVersion;
}

function finalised({ kubernetesVersion }: Stage): Stage {
  return { kubernetesVersion };
}

function numbersOf(kubernetesVersion: string): [number, number] {
  const [major = NaN, minor = NaN] = kubernetesVersion.split('.').map(Number);
  return [major, minor];
}

function pathRefused(from: string, to: string, why: string): BerthError {
  return new BerthError('UpgradePathRefused', `masters of ${from} cannot go to ${to}: ${why}`, {
    status: 422,
    next: 'Take the versions between them one after another.',
    fields: [{ path: 'version', message: why, code: 'UpgradePathRefused' }],
  });
}
