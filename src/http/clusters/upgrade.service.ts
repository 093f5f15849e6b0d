import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { hasFailed, isUnderWay } from '../../clusters/upgrades/policy.js';
import { upgradeFacts } from '../../clusters/upgrades/facts.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import type { Cluster, ClusterSpec } from '../../model/cluster.js';
import { clusterNamespace } from '../../model/names.js';
import { isFinished } from '../../operations/timeline.js';
import { findUsableVersion, findVersion } from '../../versions/catalogue.js';
import { type Obstacle, obstacles } from '../../versions/gates.js';
import { isNewer, stagesTo, type Stage, visibleVersion } from '../../versions/stages.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';
import { ClusterService } from './cluster.service.js';
import { HostedService } from './hosted.service.js';
import { RestoringRollback } from './restoring-rollback.js';
import type { RollbackRequest, UpgradeRequest, VersionChange } from './upgrade-schemas.js';

type Policy = NonNullable<ClusterSpec['upgrade']>;

interface Change {
  to: string;
  policy: Policy;
  dryRun: boolean;
}

/** Asks for changes of version. They are carried out by the cluster reconciler, which looks at the gates again. */
@Injectable()
export class UpgradeService {
  constructor(
    private readonly views: Views,
    private readonly clusters: ClusterService,
    private readonly hosted: HostedService,
    private readonly restoring: RestoringRollback,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Throws VersionUnknown, VersionExpired, UpgradePathRefused (422); ClusterNotReady, AlreadyAtVersion,
   * VersionChangeUnderWay, UpgradeRefused (409).
   */
  async upgrade(caller: Identity, name: string, request: UpgradeRequest): Promise<VersionChange> {
    const { version: to, dryRun, ...policy } = request;
    const cluster = await this.#read(caller, name);
    const stage = stageOf(cluster);
    findUsableVersion(this.views.versions.all(), to, new Date(this.clock.now()));
    if (!isNewer(to, stage.kubernetesVersion)) throw notNewer(name, stage, to);
    if (isUnderWay(cluster.status?.upgrade)) throw underWay(name);
    return this.#change(caller, cluster, { to, policy: withAttempt(cluster, to, policy), dryRun });
  }

  /**
   * Back to what ran before: at once while the upgrade soaks, else by way of acting as the older minor, or with the data
   * of before. Throws NothingToRollBack, UpgradeRefused, NoUpgradeBackup, OperationInProgress (409);
   * ConfirmationRequired (400); VersionUnknown, UpgradePathRefused (422).
   */
  async rollback(caller: Identity, name: string, request: RollbackRequest): Promise<VersionChange> {
    const cluster = await this.#read(caller, name);
    const { upgrade, previousVersion } = cluster.status ?? {};
    const to = request.version ?? (isUnderWay(upgrade) ? upgrade.from : previousVersion);
    const stage = stageOf(cluster);
    if (to === undefined || isNewer(to, visibleVersion(stage)) || reached(cluster, to))
      throw nothingToRollBack(name);
    findVersion(this.views.versions.all(), to);
    const { skipGates, dryRun } = request;
    if (request.restore) return this.#restore(caller, cluster, to, request);
    return this.#change(caller, cluster, { to, policy: { skipGates }, dryRun });
  }

  /** Gates that are about stored data say nothing of other data; and masters that do not answer stop no restore. */
  async #restore(
    caller: Identity,
    cluster: Cluster,
    to: string,
    { confirm, dryRun, skipGates }: RollbackRequest,
  ): Promise<VersionChange> {
    const stage = stageOf(cluster);
    stagesTo(stage, to);
    const request = { from: visibleVersion(stage), to, confirm };
    const plan = this.restoring.plan(cluster, request);
    const found = await this.#obstacles(cluster, to, { skipGates }).catch(unlessUnavailable);
    const shut = found.filter(({ gate }) => OF_NODES.has(gate));
    if (dryRun) return { ...plan, obstacles: shut };
    if (shut.length > 0) throw refused(cluster.metadata.name, to, shut);
    return this.restoring.start(caller, cluster, request);
  }

  /** Ends the soak. Throws NotSoaking (409). */
  async finalize(caller: Identity, name: string): Promise<Cluster> {
    const cluster = await this.#read(caller, name);
    const { pinned, upgrade } = cluster.status ?? {};
    if (!isUnderWay(upgrade) || pinned?.actsAs === undefined || upgrade.failed) {
      throw new BerthError('NotSoaking', `Cluster "${name}" is not in the soak of an upgrade.`, {
        status: 409,
        next: `See where it is: berth cluster describe ${name}.`,
      });
    }
    return this.clusters.patch(caller, name, {
      spec: { upgrade: { soakSeconds: 0, finalize: 'Automatic' } },
    });
  }

  async #change(caller: Identity, cluster: Cluster, { to, policy, dryRun }: Change): Promise<VersionChange> {
    const { name } = cluster.metadata;
    const stage = stageOf(cluster);
    const plan = { cluster: name, from: visibleVersion(stage), to, stages: stagesTo(stage, to) };
    const shut = isWayBack(cluster, to) ? [] : await this.#obstacles(cluster, to, policy);
    if (dryRun) return { ...plan, obstacles: shut, started: false };
    if (shut.length > 0) throw refused(name, to, shut);
    await this.clusters.patch(caller, name, {
      spec: { version: to, upgrade: { ...emptyPolicy, ...policy } },
    });
    return { ...plan, obstacles: [], started: true };
  }

  async #obstacles(cluster: Cluster, version: string, { skipGates = [] }: Policy): Promise<Obstacle[]> {
    const catalogue = this.views.versions.all();
    const from = findVersion(catalogue, stageOf(cluster).kubernetesVersion).spec;
    const to = findVersion(catalogue, version).spec;
    const plan = this.views.plans.all().find(({ metadata }) => metadata.name === cluster.spec.plan)?.spec;
    const unfinishedOperation = this.#unfinishedOperation(cluster);
    const facts = await this.hosted.within(cluster, (hosted) =>
      upgradeFacts({ hosted, cluster, plan, from, unfinishedOperation }),
    );
    const now = new Date(this.clock.now());
    return obstacles({ from, to, spec: cluster.spec, facts, now }).filter(
      ({ gate }) => !skipGates.includes(gate),
    );
  }

  #unfinishedOperation({ metadata, status }: Cluster): string | undefined {
    const found = this.views.operations
      .all()
      .find(
        (one) => one.metadata.name === status?.operation && one.metadata.namespace === metadata.namespace,
      );
    return found && !isFinished(found.status) ? found.metadata.name : undefined;
  }

  async #read(caller: Identity, name: string): Promise<Cluster> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, 'patch', { resource: 'clusters', name, tenant: cluster.spec.tenant });
    return cluster;
  }
}

const OF_NODES: ReadonlySet<string> = new Set(['NodeSkew']);

function unlessUnavailable(error: unknown): Obstacle[] {
  if (error instanceof BerthError && error.transient) return [];
  throw error;
}

/** A merge patch keeps what it does not name: the policy of the last upgrade is not that of this one. */
const emptyPolicy = {
  soakSeconds: null,
  finalize: null,
  progressDeadlineSeconds: null,
  maxErrorPercent: null,
  skipGates: null,
};

/** What ran a moment ago may come back, and what runs may stay, whatever the gates say: it is the safer place. */
function isWayBack({ status }: Cluster, to: string): boolean {
  if (isUnderWay(status?.upgrade)) return status.upgrade.from === to;
  return status?.pinned?.kubernetesVersion === to && status.pinned.actsAs === undefined;
}

/** The version that is asked for, or asked for again after it was rolled back by itself. */
function withAttempt({ spec, status }: Cluster, to: string, policy: Policy): Policy {
  const { upgrade } = status ?? {};
  const again = upgrade !== undefined && upgrade.to === to && hasFailed(upgrade, { ...spec, version: to });
  return again ? { ...policy, attempt: (spec.upgrade?.attempt ?? 0) + 1 } : policy;
}

function reached({ spec, status }: Cluster, to: string): boolean {
  return (
    status?.pinned?.kubernetesVersion === to && spec.version === to && status.pinned.actsAs === undefined
  );
}

/** Throws ClusterNotReady (409). */
function stageOf({ metadata, status }: Cluster): Stage {
  if (status?.pinned && status.initializedAt) return status.pinned;
  throw new BerthError('ClusterNotReady', `Cluster "${metadata.name}" has no masters yet.`, {
    status: 409,
    next: `Wait until it is made: berth operation watch ${metadata.name}.`,
  });
}

function notNewer(name: string, { kubernetesVersion }: Stage, to: string): BerthError {
  return new BerthError(
    'AlreadyAtVersion',
    `Cluster "${name}" runs ${kubernetesVersion}, which is not below ${to}.`,
    {
      status: 409,
      next: `To go to an older version: berth cluster rollback ${name} --to ${to}.`,
    },
  );
}

function underWay(name: string): BerthError {
  return new BerthError(
    'VersionChangeUnderWay',
    `The version of cluster "${name}" is being changed already.`,
    {
      status: 409,
      next: `Follow it: berth operation watch ${name}; finalize it or roll it back.`,
    },
  );
}

function nothingToRollBack(name: string): BerthError {
  return new BerthError(
    'NothingToRollBack',
    `There is nothing that cluster "${name}" could be rolled back to.`,
    {
      status: 409,
      next: 'Name an older version, or restore a backup.',
    },
  );
}

function refused(name: string, to: string, shut: readonly Obstacle[]): BerthError {
  const message = `Cluster "${name}" cannot go to ${to}: ${shut.map((one) => one.message).join('; ')}.`;
  return new BerthError('UpgradeRefused', message, {
    status: 409,
    fields: shut.map(({ gate, message: what, next }) => ({
      path: 'version',
      message: `${what}. ${next}`,
      code: gate,
    })),
    next: [...new Set(shut.map((one) => one.next))].join(' '),
  });
}
