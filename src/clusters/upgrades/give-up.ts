/** New masters that are no good are not waited for: the old ones come back. */
import { DEFAULT_MAX_ERROR_PERCENT, type UpgradeStatus } from '../../model/upgrade.js';
import { isNewer, stageLabel } from '../../versions/stages.js';
import type { ClusterScope } from '../scope.js';
import { isUnderWay, progressDeadline } from './policy.js';
import type { ProbeAnswer } from './probes.js';

/** What every user of a cluster may read, and what takes the API server, its rules and etcd to answer. */
const PROBED = '/api/v1/namespaces/default';

/** Marks an upgrade as failed when its masters are late, or when too many of Berth's own requests to them fail. */
export function giveUpOnTrouble(scope: ClusterScope): void {
  const { upgrade } = scope.status;
  const { probes } = scope.services;
  if (!isUnderWay(upgrade) || upgrade.failed || !isNewer(upgrade.to, upgrade.from)) {
    return probes.forget(scope.name);
  }
  giveUpWhenLate(scope, upgrade);
  if (!upgrade.failed) giveUpWhenFailing(scope, upgrade);
}

function giveUpWhenLate(scope: ClusterScope, upgrade: UpgradeStatus): void {
  const { cluster, now, stage, status } = scope;
  if (upgrade.stageSettledAt) return;
  const deadline = progressDeadline(cluster.spec, upgrade);
  scope.lookAgainAt(deadline);
  if (now.getTime() < deadline) return;
  const trouble = (status.components ?? []).filter(({ rolledOut }) => !rolledOut);
  const why = trouble.map(({ name, message = 'not rolled out' }) => `${name}: ${message}`).join('; ');
  const message = `the masters were not ready at ${stage.kubernetesVersion} in time (${why})`;
  giveUp(scope, upgrade, { reason: 'ProgressDeadlineExceeded', message });
}

function giveUpWhenFailing(scope: ClusterScope, upgrade: UpgradeStatus): void {
  const { cluster, name, services, stage } = scope;
  const { maxErrorPercent = DEFAULT_MAX_ERROR_PERCENT } = cluster.spec.upgrade ?? {};
  const alarm = () => services.requeue(name);
  services.probes.watch(name, { ask: () => ask(scope), maxErrorPercent, alarm });
  const verdict = services.probes.verdict(name);
  if (!verdict || verdict.errorPercent <= maxErrorPercent) return;
  const share = `${verdict.errorPercent} % of Berth's requests failed in the last minute (${verdict.last})`;
  giveUp(scope, upgrade, { reason: 'ErrorRateTooHigh', message: `at ${stageLabel(stage)} ${share}` });
  services.probes.forget(name);
}

/** By the connection that is open now: an address or a certificate may have changed since the pass. */
async function ask({ name, services }: ClusterScope): Promise<ProbeAnswer | undefined> {
  const client = services.hosted.opened(name)?.client;
  if (!client) return undefined;
  const { statusCode } = await client.raw({ method: 'GET', path: PROBED });
  return { good: statusCode === 200, what: `HTTP ${statusCode}` };
}

function giveUp(
  { cluster, now }: ClusterScope,
  upgrade: UpgradeStatus,
  why: { reason: string; message: string },
): void {
  upgrade.failed = { ...why, attempt: cluster.spec.upgrade?.attempt ?? 0, at: now.toISOString() };
}
