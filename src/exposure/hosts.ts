import type { Cluster } from '../model/cluster.js';

/** Who has which host name. Pure: the REST API refuses by it, and the reconciler what slipped past or came by kubectl. */

type Claimant = Pick<Cluster, 'metadata' | 'spec' | 'status'>;

/** The host name of a cluster's API server: what it was given, else what it asks for, else `<name>.<domain>`. */
export function hostNameOf({ metadata, spec, status }: Claimant, domain: string): string {
  return status?.endpoint?.host ?? spec.exposure.host ?? `${metadata.name}.${domain}`;
}

/**
 * The other cluster that has this one's host; undefined when it is free. Whoever asks gets the same answer: what was
 * given stays, then the older comes first, then the name decides.
 */
export function holderOfHost<C extends Claimant>(
  cluster: Claimant,
  all: readonly C[],
  domain: string,
): C | undefined {
  const host = hostNameOf(cluster, domain);
  return all.find(
    (other) =>
      other.metadata.name !== cluster.metadata.name &&
      hostNameOf(other, domain) === host &&
      comesFirst(other, cluster),
  );
}

function comesFirst(one: Claimant, other: Claimant): boolean {
  const [a, b] = [rankOf(one), rankOf(other)];
  const index = a.findIndex((part, at) => part !== b[at]);
  return index >= 0 && (a[index] ?? '') < (b[index] ?? '');
}

/** Compared part by part, the least comes first. A cluster that is not stored yet is younger than all. */
function rankOf({ metadata, status }: Claimant): string[] {
  const given = status?.endpoint?.host === undefined ? 'later' : 'given';
  return [given, metadata.creationTimestamp ?? '~', metadata.name];
}
