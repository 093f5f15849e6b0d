import type { StepResult, StepsOutcome } from '../../kube/steps.js';
import { stop, wait } from '../../kube/steps.js';
import { labels } from '../../model/names.js';
import { DEFAULT_RESTORE_DEADLINE } from '../../model/operation.js';
import type { ClusterScope } from '../scope.js';
import { isRestored, isSwapping, restoreOperation, stepOf, STOP_CONTROLLERS } from './restore-scope.js';

/** The slowest way that a snapshot takes from here into a volume which is still worth waiting for. */
const BYTES_PER_MS = (4 * 1024 * 1024) / 1000;
const TRY_AGAIN_MS = 10_000;

/**
 * From the moment its masters are told to stop a cluster serves nobody, so a restore waits only so long for pods, nodes
 * and volumes: then it is given up while the old data is whole. Once members swap it goes on to its end whatever comes,
 * since half of them with other data would be worse than none; then it says what it waits for. What is imported has no
 * old data to go back to, and is tried again for ever.
 */
export function withDeadline(scope: ClusterScope, outcome: StepsOutcome): StepsOutcome {
  const { result } = outcome;
  if (!scope.operation?.spec.restore || result.kind === 'continue') return outcome;
  if (isSwapping(scope)) return { ...outcome, result: goingOn(scope, result) };
  const deadline = deadlineOf(scope, outcome);
  if (deadline === undefined || result.kind === 'stop') return outcome;
  const { reason, message } = whyOf(result);
  scope.lookAgainAt(deadline);
  if (scope.services.clock.now() >= deadline) {
    const given = `not every member had the snapshot in time (${reason}: ${message}); the cluster goes on with the data it had`;
    return { ...outcome, result: stop('RestoreDeadlineExceeded', given) };
  }
  const until = new Date(deadline).toISOString();
  if (result.kind === 'failed') return outcome;
  return { ...outcome, result: { ...result, message: `${message}; given up at ${until}` } };
}

/** How long a snapshot of this many bytes may be on its way into a volume: whole milliseconds. */
export function transferMs(bytes: number, seconds: number = DEFAULT_RESTORE_DEADLINE): number {
  return seconds * 1000 + Math.ceil(bytes / BYTES_PER_MS);
}

/** Milliseconds since the epoch; undefined while the masters run, when the data is there, and for imports. */
function deadlineOf(scope: ClusterScope, { timings }: StepsOutcome): number | undefined {
  const { spec } = restoreOperation(scope);
  if (spec.type === 'Import' || isRestored(scope)) return undefined;
  const known = stepOf(scope, STOP_CONTROLLERS)?.startedAt;
  const startedMs = known
    ? Date.parse(known)
    : timings.find(({ name }) => name === STOP_CONTROLLERS)?.startedMs;
  if (startedMs === undefined) return undefined;
  return startedMs + transferMs(scope.snapshot?.facts.sizeBytes ?? 0, spec.restore?.progressDeadlineSeconds);
}

/** Whatever is in the way now does not end it. */
function goingOn(scope: ClusterScope, result: StepResult): StepResult {
  if (result.kind === 'continue' || result.kind === 'failed') return result;
  scope.lookAgainAt(scope.services.clock.now() + TRY_AGAIN_MS);
  const wayOut =
    `the members swap their data, which cannot be taken back: the restore goes on by itself as soon as it can; see ` +
    `kubectl -n ${scope.namespace} describe pod -l ${labels.restore}`;
  return wait(result.reason, `${result.message}; ${wayOut}`);
}

function whyOf(result: Exclude<StepResult, { kind: 'continue' }>): { reason: string; message: string } {
  if (result.kind !== 'failed') return result;
  return { reason: result.error.code, message: result.error.message };
}
