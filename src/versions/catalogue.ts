import semver from 'semver';
import { BerthError } from '../core/errors.js';
import { isTrue, versionConditions } from '../model/conditions.js';
import type { ControlPlaneVersion, ControlPlaneVersionSpec } from '../model/control-plane-version.js';
import { isNewer, minorsBetween } from './stages.js';

/** Questions to the version catalogue. Pure: the catalogue and the time are given. */

export type Channel = ControlPlaneVersionSpec['channel'];

/** The channel at `now`: a deprecated version expires by itself. */
export function channelAt({ channel, expiresAt }: ControlPlaneVersionSpec, now: Date): Channel {
  const expired = expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
  return expired ? 'expired' : channel;
}

/**
 * The catalogue's entry of a Kubernetes version, whatever its channel.
 * @throws BerthError `VersionUnknown` (422)
 */
export function findVersion(
  catalogue: readonly ControlPlaneVersion[],
  kubernetesVersion: string,
): ControlPlaneVersion {
  const found = catalogue.find(({ spec }) => spec.kubernetesVersion === kubernetesVersion);
  if (found) return found;
  throw versionError('VersionUnknown', `version ${kubernetesVersion} is not in the catalogue`, catalogue);
}

/**
 * The entry of a version that a new cluster may have.
 * @throws BerthError `VersionUnknown` or `VersionExpired` (422)
 */
export function findUsableVersion(
  catalogue: readonly ControlPlaneVersion[],
  kubernetesVersion: string,
  now: Date,
): ControlPlaneVersion {
  const found = findVersion(catalogue, kubernetesVersion);
  if (channelAt(found.spec, now) !== 'expired') return found;
  const usable = catalogue.filter(({ spec }) => channelAt(spec, now) !== 'expired');
  throw versionError('VersionExpired', `version ${kubernetesVersion} has expired`, usable);
}

/**
 * What a new cluster gets that names no version: the newest supported one. Where images are brought to the nodes one
 * version at a time, the newest of those that are there, so that nobody waits for a download or a build unasked.
 * @throws BerthError `NoVersion`
 */
export function defaultVersion(catalogue: readonly ControlPlaneVersion[]): string {
  const supported = catalogue.filter(({ spec }) => spec.channel === 'supported');
  const present = supported.filter(({ status }) =>
    isTrue(status?.conditions, versionConditions.imagesPresent),
  );
  const [newest] = (present.length > 0 ? present : supported)
    .map(({ spec }) => spec.kubernetesVersion)
    .toSorted(semver.rcompare);
  if (newest !== undefined) return newest;
  throw new BerthError('NoVersion', 'The catalogue has no supported version.', {
    next: 'Name one with --kubernetes-version; berth version list shows what there is.',
  });
}

/**
 * What masters of a version can be upgraded to at `now`, newest first: supported patches of their minor and of the
 * next one.
 */
export function availableUpgrades(
  catalogue: readonly ControlPlaneVersion[],
  kubernetesVersion: string,
  now: Date,
): string[] {
  return catalogue
    .filter(({ spec }) => channelAt(spec, now) === 'supported')
    .map(({ spec }) => spec.kubernetesVersion)
    .filter(
      (version) => isNewer(version, kubernetesVersion) && minorsBetween(kubernetesVersion, version) <= 1,
    )
    .sort((one, other) => (isNewer(one, other) ? -1 : 1));
}

function versionError(code: string, message: string, usable: readonly ControlPlaneVersion[]): BerthError {
  const names = usable.map(({ spec }) => spec.kubernetesVersion).sort();
  return new BerthError(code, message, {
    status: 422,
    next:
      names.length > 0 ? `Take one of ${names.join(', ')}.` : 'Add a ControlPlaneVersion to the catalogue.',
    fields: [{ path: 'spec.version', message, code }],
  });
}
