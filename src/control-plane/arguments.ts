/** Command line flags of a component: read from a manifest, merged, written back in a stable order. */

/** Flag names without dashes to their values; a flag with several values is repeated. */
export type Arguments = Record<string, string | readonly string[]>;

const FLAG = /^--([a-z][a-z0-9-]*)=(.*)$/s;

/** Reads `--name=value` arguments. Throws on any other form: manifests are ours. */
export function parseArguments(args: readonly string[]): Arguments {
  const parsed: Record<string, string[]> = {};
  for (const argument of args) {
    const [, name, value] = FLAG.exec(argument) ?? [];
    if (name === undefined || value === undefined) throw new Error(`${argument} is not --name=value`);
    (parsed[name] ??= []).push(value);
  }
  return parsed;
}

/** Sorted by name, as kubeadm does, so that a changed flag is a changed line. */
export function printArguments(args: Arguments): string[] {
  return Object.keys(args)
    .toSorted()
    .flatMap((name) => [args[name] ?? []].flat().map((value) => `--${name}=${value}`));
}

/**
 * Later sources replace the flags of earlier ones. `feature-gates` adds up instead: the last word on a gate wins in
 * the component, so a gate of the version is kept beside those of the cluster.
 */
export function mergeArguments(...sources: readonly (Arguments | undefined)[]): Arguments {
  const merged: Arguments = {};
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) {
      merged[name] = name === 'feature-gates' ? joined(merged[name], value) : value;
    }
  }
  return merged;
}

export function withoutArguments(args: Arguments, names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}

/** All values of a flag whose value is a comma separated list. */
export function listValues(value: Arguments[string] | undefined): string[] {
  return [value ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((item) => item.trim())
    .filter(Boolean);
}

function joined(before: Arguments[string] | undefined, value: Arguments[string]): string {
  return [...listValues(before), ...listValues(value)].join(',');
}
