/** Follows an operation until it ends and shows its steps as they happen. */
import { BerthError } from '../../core/errors.js';
import type { StepHandle, StepReporter } from '../../core/progress.js';
import { inWords } from '../../core/words.js';
import type { Operation, OperationStep, OperationType } from '../../model/operation.js';
import type { ApiClient } from './api-client.js';

/** How long commands wait unless told. */
export const DEFAULT_WAIT_SECONDS = 600;

export interface OperationTarget {
  cluster: string;
  type?: OperationType;
  /** Of this very name. */
  name?: string;
  /** A change of version to this one. */
  version?: string;
  /** Brings about this generation of the cluster or a later one. */
  generation?: number;
  /** Begun at this server time or later, so that an older operation of the same kind is not taken for it. */
  since?: string;
}

export interface FollowOptions {
  reporter: StepReporter;
  timeoutSeconds: number;
}

/**
 * Waits for the end of an operation. Throws OperationFailed, OperationSuperseded, and WaitTimeout, in which case it
 * goes on without us.
 */
export async function followOperation(
  api: ApiClient,
  target: OperationTarget,
  options: FollowOptions,
): Promise<Operation> {
  const signal = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const timeline = new Timeline(options.reporter);
  const path = `/api/v1/clusters/${target.cluster}/operations`;
  try {
    for await (const event of api.watch<Operation>(path, { signal })) {
      if (!('object' in event) || event.type === 'DELETED' || !isMeant(event.object, target)) continue;
      timeline.show(event.object);
      const ended = endOf(event.object);
      if (ended) return ended;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw waitTimeout(target.cluster, options.timeoutSeconds, timeline.waitsFor);
}

function isMeant({ metadata, spec }: Operation, target: OperationTarget): boolean {
  const { name, type, version, generation = 0, since } = target;
  const asked: [unknown, unknown][] = [
    [name, metadata.name],
    [type, spec.type],
    [version, spec.versions?.to],
  ];
  const begun = Date.parse(metadata.creationTimestamp ?? '');
  return (
    asked.every(([wanted, found]) => wanted === undefined || wanted === found) &&
    (spec.cause.generation ?? 0) >= generation &&
    (since === undefined || begun >= Date.parse(since))
  );
}

/** The operation when it is over and done. Throws when it is over and not. */
function endOf(operation: Operation): Operation | undefined {
  const { state, message } = operation.status ?? {};
  if (state === 'Succeeded') return operation;
  if (state !== 'Failed' && state !== 'Superseded') return undefined;
  const how = state === 'Failed' ? 'failed' : 'was superseded';
  throw new BerthError(
    `Operation${state}`,
    `${operation.spec.type} of cluster "${operation.spec.cluster}" ${how}${message ? `: ${message}` : ''}.`,
    { next: `Look at its steps: berth operation get ${operation.spec.cluster} ${operation.metadata.name}.` },
  );
}

/** What is waited for on a cluster was not done in time. */
export function waitTimeout(cluster: string, seconds: number, waitsFor: string | undefined): BerthError {
  const at = waitsFor === undefined ? '' : ` It waits for: ${waitsFor}.`;
  return new BerthError('WaitTimeout', `It was not done after ${seconds} s; it goes on by itself.${at}`, {
    next: `See how far it is: berth operation watch ${cluster}.`,
  });
}

/** The steps of an operation as steps of a reporter. */
class Timeline {
  readonly #handles = new Map<string, StepHandle>();
  readonly #ended = new Set<string>();
  /** What the operation waits for at the moment. */
  waitsFor?: string;

  constructor(private readonly reporter: StepReporter) {}

  show({ status }: Operation): void {
    this.waitsFor = undefined;
    for (const step of status?.steps ?? []) this.#showStep(step);
  }

  #showStep(step: OperationStep): void {
    const id = [step.name, step.stage].filter(Boolean).join(' ');
    const title = [inWords(step.name), step.stage && `(${step.stage})`].filter(Boolean).join(' ');
    const handle = this.#handles.get(id) ?? this.reporter.start(id, title);
    this.#handles.set(id, handle);
    if (this.#ended.has(id)) return;
    if (step.state === 'Done') {
      this.#ended.add(id);
      handle.done();
      return;
    }
    this.waitsFor = step.message ?? inWords(step.name);
    if (step.message) handle.update(step.message);
  }
}
