/** Where a rollout moves the draft of an instance, and where it moves it back. */
import type { Instance, InstanceSpec, VersionRef } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import type { RolloutSpec, RolloutTarget } from '../../model/rollout.js';

export type DraftVersions = Pick<InstanceSpec, 'template' | 'config'>;
type Brought = Pick<RolloutSpec, 'templateVersion' | 'configVersion'>;

/** The versions that a rollout brings to an instance; it stays at those that the rollout does not name. Pure. */
export function versionsAfter(
  { templateVersion, configVersion }: Brought,
  { spec: { template, config } }: Instance,
): DraftVersions {
  return {
    template: { ...template, version: templateVersion ?? template.version },
    ...(config && { config: { ...config, version: configVersion ?? config.version } }),
  };
}

/**
 * The versions that were published before the rollout, where the draft still is at what the rollout brought: what
 * somebody drafted since stays. Pure.
 */
export function versionsBefore(
  brought: Brought,
  { spec: { template, config } }: Instance,
  target: RolloutTarget,
  releases: ReadonlyMap<string, readonly Release[]>,
): DraftVersions {
  const [earlier] = Object.entries(target.before ?? {}).flatMap(
    ([service, revision]) =>
      releases.get(service)?.find(({ spec }) => spec.revision === revision)?.spec.inputs ?? [],
  );
  const back = (now: VersionRef, then: VersionRef | undefined, moved: number | undefined) =>
    now.version === moved && now.name === then?.name ? { ...now, version: then.version } : now;
  return {
    template: back(template, earlier?.template, brought.templateVersion),
    ...(config && { config: back(config, earlier?.config, brought.configVersion) }),
  };
}
