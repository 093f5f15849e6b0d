import type { StepReport } from '../operations/timeline.js';
import type { StepsOutcome } from '../kube/steps.js';
import { clusterConditions, type ConditionInput } from '../model/conditions.js';
import type { Operation } from '../model/operation.js';
import { stageLabel } from '../versions/stages.js';
import type { ClusterScope, ClusterStep } from './scope.js';

/** What one pass over the steps found, told as conditions of the Cluster and as steps of its operation. Pure. */

interface Verdict {
  state: StepReport['state'];
  reason: string;
  message: string;
}

/** Why the pass ended where it did; undefined when every step continued. */
export function verdictOf({ result }: StepsOutcome): Verdict | undefined {
  switch (result.kind) {
    case 'continue':
      return undefined;
    case 'wait':
    case 'stop':
      return { state: 'Waiting', reason: result.reason, message: result.message };
    case 'failed':
      return { state: 'Failed', reason: result.error.code, message: result.error.message };
  }
}

/** One report for each step that was run. */
export function reportsOf(outcome: StepsOutcome): StepReport[] {
  const verdict = verdictOf(outcome);
  return outcome.timings.map(({ name, startedMs, durationMs }) => ({
    name,
    startedMs,
    endedMs: startedMs + durationMs,
    ...(verdict && name === outcome.step ? verdict : { state: 'Done' }),
  }));
}

/**
 * The same as an operation tells it. One that changes the version goes through the steps once for each stage; in all
 * others the steps of upgrades are not worth a line.
 */
export function operationReports(
  { notes, pending, stage, services: { clock } }: ClusterScope,
  steps: readonly ClusterStep[],
  outcome: StepsOutcome,
  { spec: { versions, restore } }: Operation,
): StepReport[] {
  const ofUpgrades = new Set(steps.filter((step) => step.ofUpgrades).map(({ name }) => name));
  // A way back by restoring has no stages: everything is stopped in between.
  const isStaged = versions !== undefined && restore === undefined;
  const reports = reportsOf(outcome).filter(({ name }) => isStaged || !ofUpgrades.has(name));
  if (!isStaged) return reports;
  const at = { startedMs: clock.now(), endedMs: clock.now() };
  const behind = notes.map((note): StepReport => ({ ...note, ...at, state: 'Done' }));
  const last: StepReport[] = pending ? [{ ...pending, ...at, name: pending.step, state: 'Waiting' }] : [];
  const label = stageLabel(stage);
  return [...behind, ...[...reports, ...last].map((report) => ({ ...report, stage: label }))];
}

/** Why an operation that changed the version did not succeed although the cluster is as it shall be. */
export function failureOf({ status: { upgrade } }: ClusterScope, { spec }: Operation): string | undefined {
  return upgrade?.failed && spec.versions?.to === upgrade.to
    ? `${upgrade.failed.message}; rolled back to ${upgrade.from}`
    : undefined;
}

/** Conditions of the areas whose steps were run, then the three that sum them up (kstatus). */
export function setConditions(
  scope: ClusterScope,
  steps: readonly ClusterStep[],
  outcome: StepsOutcome,
): void {
  const verdict = verdictOf(outcome);
  for (const { name } of outcome.timings) {
    const type = steps.find((step) => step.name === name)?.condition;
    if (type) scope.setCondition(areaCondition(type, name === outcome.step ? verdict : undefined));
  }
  for (const condition of summary(outcome, verdict)) scope.setCondition(condition);
}

function areaCondition(type: string, verdict: Verdict | undefined): ConditionInput {
  if (!verdict) return { type, status: 'True', reason: 'Ready', message: '' };
  return { type, status: 'False', reason: verdict.reason, message: verdict.message };
}

function summary({ result, step }: StepsOutcome, verdict: Verdict | undefined): ConditionInput[] {
  const stalled = result.kind === 'stop';
  const { reason, message } = verdict
    ? { reason: verdict.reason, message: `${step}: ${verdict.message}` }
    : allGood;
  const holds = (condition: boolean) => (condition ? 'True' : 'False');
  return [
    { type: clusterConditions.ready, status: holds(verdict === undefined), reason, message },
    {
      type: clusterConditions.reconciling,
      status: holds(verdict !== undefined && !stalled),
      reason,
      message,
    },
    { type: clusterConditions.stalled, status: holds(stalled), reason, message },
  ];
}

const allGood = { reason: 'Ready', message: '' };
