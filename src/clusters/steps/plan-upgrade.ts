import { BerthError } from '../../core/errors.js';
import { goOn } from '../../kube/steps.js';
import type { UpgradeStatus } from '../../model/upgrade.js';
import { berthResources } from '../../model/kinds.js';
import { findUsableVersion, findVersion } from '../../versions/catalogue.js';
import { type Obstacle, obstacles } from '../../versions/gates.js';
import {
  isFinalising,
  isNewer,
  nextStage,
  type Stage,
  stageLabel,
  visibleVersion,
} from '../../versions/stages.js';
import type { ClusterScope, ClusterStep } from '../scope.js';
import { isBackedUp } from '../upgrades/back-up-first.js';
import { upgradeFacts } from '../upgrades/facts.js';
import { giveUpOnTrouble } from '../upgrades/give-up.js';
import { desiredVersion, isUnderWay, isWayBack, soakEnd } from '../upgrades/policy.js';

/** What an operation waits for, or fails at, when its stage is rolled out. */
const BETWEEN_STAGES: ReadonlySet<string> = new Set(['PlanUpgrade', 'Soak', 'NextStage']);

/** Shut gates are tried again after this long: what shuts them is in the hosted cluster and brings no event. */
const LOOK_AGAIN_MS = 15_000;

/**
 * Which stage the masters shall be at now. A change of version goes one stage at a time, each rolled out before the
 * next; going back to the stage before is possible at any moment. What holds the change up holds up nothing else: the
 * cluster is kept as it is meanwhile, and the reason stands in its status and in the operation.
 */
export const planUpgrade: ClusterStep = {
  name: 'PlanUpgrade',
  ofUpgrades: true,
  async run(scope) {
    if (!scope.status.pinned || scope.refusal) return goOn;
    if (scope.operation?.spec.restore) {
      // It starts what it stopped, at the version it has data of; that nothing answers meanwhile is no trouble.
      scope.services.probes.forget(scope.name);
      return goOn;
    }
    giveUpOnTrouble(scope);
    const desired = desiredVersion(scope.cluster.spec, scope.status.upgrade);
    const next = nextOf(scope, desired);
    if (next) await advance(scope, desired, next);
    return goOn;
  },
};

/** Undefined when all is reached, and when there is no way, which is told. */
function nextOf(scope: ClusterScope, desired: string): Stage | undefined {
  try {
    return nextStage(scope.stage, desired);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    hold(scope, error.code, error.message);
    return undefined;
  }
}

async function advance(scope: ClusterScope, desired: string, next: Stage): Promise<void> {
  const { upgrade } = scope.status;
  if (isUnderWay(upgrade)) {
    if (isWayBack(upgrade, next) || mayGoOn(scope, upgrade, next)) enter(scope, next, upgrade);
    return;
  }
  if (await isHeldUp(scope, desired)) return;
  const { now, stage } = scope;
  scope.notes.push({ name: 'PassGates', stage: stageLabel(stage) });
  if (isNewer(desired, stage.kubernetesVersion) && !(await isBackedUp(scope))) return;
  enter(scope, next, { from: visibleVersion(stage), to: desired, startedAt: now.toISOString() });
}

function mayGoOn(scope: ClusterScope, upgrade: UpgradeStatus, next: Stage): boolean {
  if (upgrade.stageSettledAt === undefined) return false;
  if (!isFinalising(scope.stage, next)) return true;
  const end = soakEnd(scope.cluster.spec, upgrade);
  return end !== undefined && end <= scope.services.clock.now();
}

function enter(scope: ClusterScope, next: Stage, { from, to, startedAt, failed }: UpgradeStatus): void {
  noteWhatWasWaitedFor(scope);
  scope.status.upgrade = {
    from,
    to: failed ? to : scope.cluster.spec.version,
    startedAt,
    before: scope.stage,
    stageStartedAt: scope.now.toISOString(),
    ...(failed && { failed }),
  };
  scope.stage = next;
}

/** What held the stage up that is left now is over. */
function noteWhatWasWaitedFor({ notes, operation, stage }: ClusterScope): void {
  const left = stageLabel(stage);
  for (const { name, stage: heldUp, state } of operation?.status?.steps ?? []) {
    const isOver = heldUp === left && state !== 'Done' && BETWEEN_STAGES.has(name);
    if (isOver && !notes.some((note) => note.name === name)) notes.push({ name, stage: left });
  }
}

function hold(scope: ClusterScope, reason: string, message: string): void {
  scope.pending = { step: 'PassGates', reason, message };
}

/** Whether anything speaks against the change, which is told. */
async function isHeldUp(scope: ClusterScope, desired: string): Promise<boolean> {
  const why = await whyNot(scope, desired);
  if (!why) return false;
  hold(scope, why.reason, why.message);
  scope.lookAgainAt(scope.services.clock.now() + LOOK_AGAIN_MS);
  return true;
}

/** A change that cannot be judged is held as one that is refused: this may be the pass that mends the API server. */
async function whyNot(
  scope: ClusterScope,
  desired: string,
): Promise<{ reason: string; message: string } | undefined> {
  try {
    const found = await findObstacles(scope, desired);
    const [first] = found;
    return first && { reason: first.gate, message: found.map(toldWithNext).join(' ') };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const message = [error.message, error.next].filter(Boolean).join(' ');
    return { reason: error.transient ? 'ClusterUnreachable' : error.code, message };
  }
}

function toldWithNext({ message, next }: Obstacle): string {
  return `${message}. ${next}`;
}

/** @throws BerthError when the catalogue does not have a version, KubeError when the hosted API server fails us */
async function findObstacles(scope: ClusterScope, desired: string): Promise<Obstacle[]> {
  const { cluster, now, services, stage } = scope;
  const { spec } = cluster;
  const catalogue = services.world.list(berthResources.ControlPlaneVersion);
  const from = findVersion(catalogue, stage.kubernetesVersion).spec;
  const isWayUp = isNewer(desired, stage.kubernetesVersion);
  const to = isWayUp ? findUsableVersion(catalogue, desired, now) : findVersion(catalogue, desired);
  const plan = services.world.find(berthResources.Plan, { name: spec.plan })?.spec;
  const { client } = await services.hosted.open(scope);
  const facts = await upgradeFacts({ hosted: client, cluster, plan, from, unfinishedOperation: undefined });
  const skipped = new Set(spec.upgrade?.skipGates);
  return obstacles({ from, to: to.spec, spec, facts, now }).filter(({ gate }) => !skipped.has(gate));
}
