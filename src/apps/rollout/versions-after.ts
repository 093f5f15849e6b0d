import type { Instance, InstanceSpec } from '../../model/instance.js';
import type { RolloutSpec } from '../../model/rollout.js';

/** The versions that a rollout brings to an instance; it stays at those that the rollout does not name. Pure. */
export function versionsAfter(
  { templateVersion, configVersion }: Pick<RolloutSpec, 'templateVersion' | 'configVersion'>,
  { spec: { template, config } }: Instance,
): Pick<InstanceSpec, 'template' | 'config'> {
  return {
    template: { ...template, version: templateVersion ?? template.version },
    ...(config && { config: { ...config, version: configVersion ?? config.version } }),
  };
}
