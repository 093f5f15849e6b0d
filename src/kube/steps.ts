import { BerthError, messageOf } from '../core/errors.js';
import { type Clock, systemClock } from '../core/clock.js';

/**
 * What one step of a reconciler says:
 * - `continue`: what I stand for holds, go on;
 * - `wait`: not yet; come back when something changes, and at `untilMs` (epoch) at the latest;
 * - `stop`: nothing more to do here until somebody changes the object;
 * - `failed`: try again with backoff.
 */
export type StepResult =
  | { kind: 'continue' }
  | { kind: 'wait'; reason: string; message: string; untilMs?: number }
  | Stop
  | { kind: 'failed'; error: BerthError };

export interface Stop {
  kind: 'stop';
  reason: string;
  message: string;
}

export interface Step<S> {
  /** UpperCamelCase, shown to users in the timeline of an operation. */
  name: string;
  run(scope: S, signal: AbortSignal): StepResult | Promise<StepResult>;
}

interface StepTiming {
  name: string;
  startedMs: number;
  durationMs: number;
  result: StepResult['kind'];
}

/** How a run of steps ended: the last result, and the step that gave it. */
export interface StepsOutcome {
  result: StepResult;
  /** The step that did not continue; undefined when all did. */
  step?: string;
  timings: StepTiming[];
}

export const goOn: StepResult = { kind: 'continue' };

export function wait(reason: string, message: string, untilMs?: number): StepResult {
  return { kind: 'wait', reason, message, untilMs };
}

export function stop(reason: string, message: string): Stop {
  return { kind: 'stop', reason, message };
}

export function failed(error: BerthError): StepResult {
  return { kind: 'failed', error };
}

/**
 * Runs the steps in order until one does not continue. A step that throws has failed; this never throws.
 * An aborted signal ends the run before the next step, as failed.
 */
export async function runSteps<S>(
  steps: readonly Step<S>[],
  scope: S,
  options: { signal: AbortSignal; clock?: Clock },
): Promise<StepsOutcome> {
  const { signal, clock = systemClock } = options;
  const timings: StepTiming[] = [];
  for (const step of steps) {
    const startedMs = clock.now();
    const start = clock.monotonic();
    const result = await runStep(step, scope, signal);
    timings.push({ name: step.name, startedMs, durationMs: clock.monotonic() - start, result: result.kind });
    if (result.kind !== 'continue') return { result, step: step.name, timings };
  }
  return { result: goOn, timings };
}

async function runStep<S>(step: Step<S>, scope: S, signal: AbortSignal): Promise<StepResult> {
  try {
    signal.throwIfAborted();
    return await step.run(scope, signal);
  } catch (error) {
    return failed(asBerthError(step.name, error));
  }
}

function asBerthError(step: string, error: unknown): BerthError {
  if (error instanceof BerthError) return error;
  return new BerthError('StepFailed', `${step}: ${messageOf(error)}`, { cause: error });
}
