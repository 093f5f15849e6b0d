/** What the upgrade of a fleet asks of a cluster. Pure. */
import type { Cluster } from '../../model/cluster.js';
import type { FleetTarget, FleetUpgrade } from '../../model/fleet-upgrade.js';
import { annotations } from '../../model/names.js';
import { hasFailed } from '../upgrades/policy.js';

/** The merge patch that asks for the upgrade; undefined when the cluster is asked for it already. */
export function upgrading({ metadata, spec }: FleetUpgrade, cluster: Cluster): object | undefined {
  const { version } = spec;
  const attempt = attemptOf(cluster, version);
  if (cluster.spec.version === version && attempt === undefined) return undefined;
  const upgrade = { ...emptyPolicy, ...spec.upgrade, ...(attempt !== undefined && { attempt }) };
  return {
    metadata: changedBy(cluster, `${spec.cause.user} (fleet upgrade ${metadata.name})`),
    spec: { version, upgrade },
  };
}

/** The merge patch that asks for what the cluster runs; undefined when it is asked for that already. */
export function takingBack(
  { metadata, spec }: FleetUpgrade,
  cluster: Cluster,
  { from }: FleetTarget,
): object | undefined {
  if (from === undefined || cluster.spec.version === from) return undefined;
  const user = `${spec.cause.user} (fleet upgrade ${metadata.name})`;
  return { metadata: changedBy(cluster, user), spec: { version: from } };
}

/** A merge patch keeps what it does not name: the policy of the last upgrade is not that of this one. */
const emptyPolicy = {
  soakSeconds: null,
  finalize: null,
  progressDeadlineSeconds: null,
  maxErrorPercent: null,
  skipGates: null,
};

/** A version that was rolled back by itself is tried again only when it is told to. */
function attemptOf({ spec, status }: Cluster, version: string): number | undefined {
  const { upgrade } = status ?? {};
  const again = upgrade !== undefined && upgrade.to === version && hasFailed(upgrade, { ...spec, version });
  return again ? (spec.upgrade?.attempt ?? 0) + 1 : undefined;
}

/** Whose change the next generation is; refused when somebody else changed the cluster meanwhile. */
function changedBy({ metadata }: Cluster, user: string): object {
  const { generation = 0, resourceVersion } = metadata;
  return { resourceVersion, annotations: { [annotations.changedBy]: `${generation + 1} ${user}` } };
}
