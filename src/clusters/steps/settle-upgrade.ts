import { goOn } from '../../kube/steps.js';
import type { ClusterStatus } from '../../model/cluster.js';
import { clusterConditions, type ConditionInput } from '../../model/conditions.js';
import { berthResources } from '../../model/kinds.js';
import type { UpgradeStatus } from '../../model/upgrade.js';
import { availableUpgrades } from '../../versions/catalogue.js';
import { isFinalising, isNewer, nextStage, stageLabel } from '../../versions/stages.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { desiredVersion, isUnderWay, soakEnd } from '../upgrades/policy.js';

/** All masters are rolled out at the stage they are at: the upgrade soaks, goes on to its next stage, or is over. */
export const settleUpgrade: ClusterStep = {
  name: 'SettleUpgrade',
  ofUpgrades: true,
  run(scope) {
    if (isUnderWay(scope.status.upgrade)) settle(scope, scope.status.upgrade);
    const catalogue = scope.services.world.list(berthResources.ControlPlaneVersion);
    scope.status.availableUpgrades = availableUpgrades(catalogue, scope.stage.kubernetesVersion, scope.now);
    scope.setCondition(conditionOf(scope));
    return goOn;
  },
};

function settle(scope: ClusterScope, upgrade: UpgradeStatus): void {
  upgrade.stageSettledAt ??= scope.now.toISOString();
  const next = nextStage(scope.stage, desiredVersion(scope.cluster.spec, upgrade));
  if (!next) finish(scope.status, upgrade);
  else if (isFinalising(scope.stage, next)) soak(scope, upgrade);
  else goOnTo(scope, stageLabel(next));
}

function soak(scope: ClusterScope, upgrade: UpgradeStatus): void {
  const end = soakEnd(scope.cluster.spec, upgrade);
  if (end !== undefined && end <= scope.services.clock.now())
    return goOnTo(scope, scope.stage.kubernetesVersion);
  if (end !== undefined) scope.lookAgainAt(end);
  const until = end === undefined ? 'until it is finalised by hand' : `until ${new Date(end).toISOString()}`;
  const { kubernetesVersion, actsAs } = scope.stage;
  scope.pending = {
    step: 'Soak',
    reason: 'Soaking',
    message: `masters of ${kubernetesVersion} act as ${actsAs} ${until}; rolling back touches no data`,
  };
}

function goOnTo(scope: ClusterScope, stage: string): void {
  scope.pending = { step: 'NextStage', reason: 'NextStage', message: `goes on to ${stage}` };
  scope.lookAgainAt(scope.services.clock.now());
}

function finish(status: ClusterStatus, { from, to, startedAt, failed }: UpgradeStatus): void {
  status.upgrade = failed && { from, to, startedAt, failed };
  if (failed) return;
  if (isNewer(to, from)) status.previousVersion = from;
  else delete status.previousVersion;
}

function conditionOf({ cluster, pending, stage, status: { upgrade } }: ClusterScope): ConditionInput {
  const type = clusterConditions.version;
  if (pending) return { type, status: 'False', reason: pending.reason, message: pending.message };
  const failed = upgrade?.failed;
  if (failed && stage.kubernetesVersion !== cluster.spec.version) {
    return { type, status: 'False', reason: 'RolledBack', message: failed.message };
  }
  return { type, status: 'True', reason: 'Reached', message: '' };
}
