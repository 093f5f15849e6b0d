/** Which versions of templates and configs go with a cluster: those that something on it is made from. Pure. */
import type { Application, ApplicationSpec } from '../../model/application.js';
import type { Instance } from '../../model/instance.js';
import type { Release } from '../../model/release.js';

/** Numbers of versions. */
export type Named = ReadonlySet<number>;

export interface NamedVersions {
  /** By name. */
  templates: ReadonlyMap<string, Named>;
  configs: ReadonlyMap<string, Named>;
}

interface Reference {
  name: string;
  version?: number;
}

/**
 * Of an application, what is not of other environments: the secrets of those stay where they are.
 */
export function namedVersions({
  instances,
  releases,
  applications,
}: {
  instances: readonly Instance[];
  releases: readonly Release[];
  applications: readonly Application[];
}): NamedVersions {
  const running = [...instances.map(({ spec }) => spec), ...releases.map(({ spec }) => spec.inputs)];
  const configs = grouped(running.flatMap(({ config }) => config ?? []));
  const environments = applications.flatMap(({ spec }) => spec.environments.map(({ config }) => config));
  for (const { name, version } of environments) if (version !== undefined) configs.get(name)?.add(version);
  const templates = [...running, ...applications.map(({ spec }) => spec)].map(({ template }) => template);
  return { templates: grouped(templates), configs };
}

/** An application with the environments whose configs go along; undefined when there is none. */
export function carriedApplication(
  spec: ApplicationSpec,
  { configs }: NamedVersions,
): ApplicationSpec | undefined {
  const environments = spec.environments.filter(({ config }) => configs.has(config.name));
  return environments.length > 0 ? { ...spec, environments } : undefined;
}

function grouped(references: readonly Reference[]): Map<string, Set<number>> {
  const groups = new Map<string, Set<number>>();
  for (const { name, version } of references) {
    const versions = groups.get(name) ?? new Set();
    if (version !== undefined) versions.add(version);
    groups.set(name, versions);
  }
  return groups;
}
