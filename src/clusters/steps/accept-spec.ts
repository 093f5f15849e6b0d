import { addonProblems } from '../../addons/addons.js';
import { goOn, type StepsOutcome, stop, type Stop } from '../../kube/steps.js';
import { validateClusterSpec } from '../../control-plane/validation.js';
import { wholeAmount } from '../../control-plane/quantity.js';
import { BerthError, type FieldProblem } from '../../core/errors.js';
import { resources } from '../../kube/resources.js';
import { clusterConditions } from '../../model/conditions.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import type { PlanSpec } from '../../model/plan.js';
import { ETCD_SERVICE } from '../../pki/certificates.js';
import { findUsableVersion, findVersion } from '../../versions/catalogue.js';
import { isPinned } from '../pinning.js';
import type { ClusterScope, ClusterStep } from '../scope.js';

const NAME = 'AcceptSpec';

/**
 * The spec can be carried out. What already runs is not judged again: a plan taken out of the catalogue must not
 * stop the repair of the clusters that were made with it. Nor must a spec that cannot be: a cluster that runs is kept
 * as it is, and says so once all else is done (`withRefusal`).
 */
export const acceptSpec: ClusterStep = {
  name: NAME,
  run(scope) {
    const refusal = refusalOf(scope);
    const { reason, message } = refusal ?? { reason: 'Ready', message: '' };
    scope.setCondition({
      type: clusterConditions.valid,
      status: refusal ? 'False' : 'True',
      reason,
      message,
    });
    if (!scope.status.pinned) return refusal ?? goOn;
    scope.refusal = refusal;
    return goOn;
  },
};

function refusalOf(scope: ClusterScope): Stop | undefined {
  try {
    return wrongNamespace(scope) ?? (isPinned(scope) ? undefined : judge(scope));
  } catch (error) {
    // The catalogue lost the version that runs.
    if (error instanceof BerthError && scope.status.pinned) return stop(error.code, error.message);
    throw error;
  }
}

/** The pass did all that it could; a restore under way ends first, the spec is looked at again after it. */
export function withRefusal({ operation, refusal }: ClusterScope, outcome: StepsOutcome): StepsOutcome {
  const isHeard = refusal && outcome.result.kind === 'continue' && !operation?.spec.restore;
  return isHeard ? { ...outcome, step: NAME, result: refusal } : outcome;
}

function wrongNamespace({ name, namespace }: ClusterScope): Stop | undefined {
  const expected = clusterNamespace(name);
  if (namespace === expected) return undefined;
  return stop('WrongNamespace', `Cluster ${name} must be in namespace ${expected}, it is in ${namespace}`);
}

/** What is wrong with the spec; undefined when nothing is. Throws VersionUnknown, VersionExpired. */
function judge(scope: ClusterScope): Stop | undefined {
  const { cluster, now, stage, status, services } = scope;
  const { world } = services;
  const { plan: planName, tenant } = cluster.spec;
  const plan = world.find(berthResources.Plan, { name: planName });
  if (!plan) return stop('PlanNotFound', `there is no Plan ${planName}`);
  const catalogue = world.list(berthResources.ControlPlaneVersion);
  const version = status.pinned
    ? findVersion(catalogue, stage.kubernetesVersion)
    : findUsableVersion(catalogue, cluster.spec.version, now);
  if (!world.find(berthResources.Tenant, { name: tenant })) {
    return stop('TenantNotFound', `there is no Tenant ${tenant}`);
  }
  const problems = [
    ...validateClusterSpec(cluster.spec, plan.spec, version.spec),
    ...addonProblems(cluster.spec),
    ...otherVolumes(scope, plan.spec),
  ];
  if (problems.length === 0) return undefined;
  return stop('SpecInvalid', problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
}

/** A StatefulSet keeps the volumes it was made with. Past the REST API a plan may ask for others. */
function otherVolumes(scope: ClusterScope, { etcd }: PlanSpec): FieldProblem[] {
  const live = scope.find(resources.StatefulSet, ETCD_SERVICE);
  const storage = live?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'];
  if (storage === undefined || wholeAmount(storage) === wholeAmount(etcd.storage.size)) return [];
  const message = `etcd has volumes of ${storage}, the plan ${etcd.storage.size}: take a plan with the same`;
  return [{ path: 'spec.plan', message }];
}
