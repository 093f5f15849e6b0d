/**
 * The timeline of an Operation as a pure function of what the steps answered. A step keeps the moment it was first
 * entered however many times it is tried, so durations are those a person waited; a finished timeline never changes.
 */
import type { OperationState, OperationStatus, OperationStep } from '../model/operation.js';

/** What one pass over the steps found out about one of them. */
export interface StepReport {
  name: string;
  /** Tells apart the rounds of an operation that goes through its steps more than once. */
  stage?: string;
  state: OperationStep['state'];
  /** When this pass entered and left the step, milliseconds since the epoch. */
  startedMs: number;
  endedMs: number;
  reason?: string;
  message?: string;
}

const FINAL: ReadonlySet<OperationState> = new Set(['Succeeded', 'Failed', 'Superseded']);

export function isFinished(status: OperationStatus | undefined): boolean {
  return status !== undefined && FINAL.has(status.state);
}

export function startTimeline(now: Date): OperationStatus {
  return { state: 'Running', startedAt: now.toISOString(), steps: [] };
}

/** The timeline after one more pass. Steps keep the order in which they were first entered. */
export function advanceTimeline(status: OperationStatus, reports: readonly StepReport[]): OperationStatus {
  if (isFinished(status)) return status;
  const steps = reports.reduce(withReport, status.steps);
  const last = reports.at(-1);
  return {
    ...status,
    state: stateOf(last),
    steps,
    message: last?.state === 'Done' ? undefined : last?.message,
  };
}

/** The timeline closed. Steps still open when it ends without success stay open: they tell where it stopped. */
export function finishTimeline(
  status: OperationStatus,
  state: 'Succeeded' | 'Failed' | 'Superseded',
  now: Date,
  message?: string,
): OperationStatus {
  if (isFinished(status)) return status;
  return { ...status, state, finishedAt: now.toISOString(), message };
}

function stateOf(last: StepReport | undefined): OperationState {
  return last?.state === 'Waiting' ? 'Waiting' : 'Running';
}

function withReport(steps: OperationStep[], report: StepReport): OperationStep[] {
  const before = steps.find((step) => step.name === report.name && step.stage === report.stage);
  const next = stepAfter(before, report);
  return before ? steps.map((step) => (step === before ? next : step)) : [...steps, next];
}

function stepAfter(before: OperationStep | undefined, report: StepReport): OperationStep {
  if (before?.state === 'Done' && report.state === 'Done') return before;
  return {
    name: report.name,
    ...(report.stage !== undefined && { stage: report.stage }),
    state: report.state,
    startedAt: before?.startedAt ?? isoTime(report.startedMs),
    ...(report.state === 'Done' && { finishedAt: isoTime(report.endedMs) }),
    ...(report.reason !== undefined && { reason: report.reason }),
    ...(report.message !== undefined && { message: report.message }),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
