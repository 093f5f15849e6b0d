/** What a cluster must be before anything is made of it. Every rule answers with the field, a code and a next step. */
import { addonProblems } from '../../addons/addons.js';
import { scheduleProblem } from '../../backup/schedule.js';
import type { FieldProblem } from '../../core/errors.js';
import { BerthError } from '../../core/errors.js';
import { stableStringify } from '../../core/digest.js';
import { validateClusterSpec } from '../../control-plane/validation.js';
import { holderOfHost, hostNameOf } from '../../exposure/hosts.js';
import type { Cluster, ClusterSpec } from '../../model/cluster.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import type { Plan } from '../../model/plan.js';
import type { Tenant } from '../../model/tenant.js';
import { findUsableVersion, findVersion } from '../../versions/catalogue.js';
import { isNewer, nextStage } from '../../versions/stages.js';
import { invalid } from '../problem.js';

/** What a spec is judged against. */
export interface AdmissionWorld {
  versions: readonly ControlPlaneVersion[];
  plan: Plan | undefined;
  /** Of the spec before a change. */
  planBefore?: Plan | undefined;
  tenant: Tenant | undefined;
  now: Date;
}

/** Throws unless a new cluster may have this spec. */
export function admitNewCluster(spec: ClusterSpec, world: AdmissionWorld): void {
  if (!world.tenant) throw unknownReference('TenantNotFound', 'spec.tenant', 'tenant', spec.tenant);
  const version = findUsableVersion(world.versions, spec.version, world.now);
  const plan = requirePlan(spec, world.plan);
  refuseProblems(validateClusterSpec(spec, plan.spec, version.spec));
  refuseProblems(scheduleProblems(spec));
  // Judged by what is rendered, which takes networks that are right.
  refuseProblems(addonProblems(spec));
}

/**
 * Throws unless an existing cluster may go from one spec to the other. Its version may have expired meanwhile; another
 * one must be within reach of what runs.
 */
export function admitChangedCluster(
  { spec: before, status }: Pick<Cluster, 'spec' | 'status'>,
  after: ClusterSpec,
  world: AdmissionWorld,
): void {
  refuseProblems([...immutableChanges(before, after), ...otherVolumes(before, after, world)]);
  const version = findVersion(world.versions, after.version);
  if (after.version !== before.version) {
    const stage = status?.pinned ?? { kubernetesVersion: before.version };
    if (nextStage(stage, after.version) && isNewer(after.version, before.version)) {
      findUsableVersion(world.versions, after.version, world.now);
    }
  }
  const plan = requirePlan(after, world.plan);
  refuseProblems(validateClusterSpec(after, plan.spec, version.spec));
  refuseProblems(scheduleProblems(after));
  refuseProblems(addonProblems(after));
}

/** Throws HostTaken (409) when another cluster has the host. */
export function refuseTakenHost(
  cluster: Pick<Cluster, 'metadata' | 'spec' | 'status'>,
  others: readonly Cluster[],
  domain: string,
): void {
  const owner = holderOfHost(cluster, others, domain);
  if (owner) throw hostTaken(hostNameOf(cluster, domain), owner.metadata.name);
}

/** HostTaken (409). */
export function hostTaken(host: string, owner: string): BerthError {
  const message = `the host ${host} belongs to cluster "${owner}"`;
  return new BerthError('HostTaken', `${message}.`, {
    status: 409,
    fields: [{ path: 'spec.exposure.host', message }],
    next: 'Choose another host name, or leave it out to get one of your own.',
  });
}

/** How each field that keeps its first value can still be had differently. */
const IMMUTABLE: readonly [keyof ClusterSpec, string][] = [
  ['tenant', 'create a new cluster for the other tenant'],
  ['exposure', 'create a new cluster with the other exposure'],
  ['network', 'create a new cluster with the other networks'],
];

function immutableChanges(before: ClusterSpec, after: ClusterSpec): FieldProblem[] {
  return IMMUTABLE.filter(([field]) => stableStringify(before[field]) !== stableStringify(after[field])).map(
    ([field, instead]) => ({
      path: `spec.${field}`,
      message: `cannot be changed after the cluster is created; ${instead}`,
      code: 'ImmutableField',
    }),
  );
}

/** What etcd has of volumes cannot be changed while it runs. */
function otherVolumes(before: ClusterSpec, after: ClusterSpec, world: AdmissionWorld): FieldProblem[] {
  const { plan, planBefore } = world;
  if (before.plan === after.plan || !plan) return [];
  if (stableStringify(planBefore?.spec.etcd.storage) === stableStringify(plan.spec.etcd.storage)) return [];
  return [
    {
      path: 'spec.plan',
      message:
        `cannot be changed to ${after.plan}, whose etcd has other volumes; create a new cluster with that plan and ` +
        'restore a backup into it',
      code: 'ImmutableField',
    },
  ];
}

/** Cron times can be read only as a whole: their schema sees five fields. */
function scheduleProblems({ backup, maintenance }: ClusterSpec): FieldProblem[] {
  const windows = maintenance?.windows ?? [];
  const schedules = windows.map(({ start, timeZone }, i) => {
    return { path: `spec.maintenance.windows[${i}].start`, schedule: start, timeZone };
  });
  const { schedule, timeZone } = backup ?? {};
  if (schedule !== undefined) schedules.push({ path: 'spec.backup.schedule', schedule, timeZone });
  return schedules.flatMap((one) => {
    const message = scheduleProblem(one.schedule, one.timeZone);
    return message === undefined ? [] : [{ path: one.path, message, code: 'ScheduleInvalid' }];
  });
}

function requirePlan(spec: ClusterSpec, plan: Plan | undefined): Plan {
  if (plan) return plan;
  throw unknownReference('PlanNotFound', 'spec.plan', 'plan', spec.plan);
}

function unknownReference(code: string, path: string, what: string, name: string): BerthError {
  const message = `there is no ${what} "${name}"`;
  return new BerthError(code, `The ${what} "${name}" does not exist.`, {
    status: 422,
    fields: [{ path, message, code }],
    next: `Take one of GET /api/v1/${what}s, or create it first.`,
  });
}

function refuseProblems(fields: FieldProblem[]): void {
  if (fields.length === 0) return;
  if (fields.some(({ code }) => code === 'ImmutableField')) {
    throw new BerthError(
      'ImmutableField',
      `${fields.map(({ path }) => path).join(', ')} cannot be changed.`,
      {
        status: 422,
        fields,
        next: 'Leave these fields as they are; errors says what to do instead.',
      },
    );
  }
  throw invalid(fields);
}
