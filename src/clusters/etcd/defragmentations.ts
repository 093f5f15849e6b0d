import { berthResources } from '../../model/kinds.js';
import type { Operation, OperationStatus } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import {
  advanceTimeline,
  finishTimeline,
  isFinished,
  startTimeline,
  type StepReport,
} from '../../operations/timeline.js';
import type { ClusterServices } from '../scope.js';
import type { Observation } from './observation.js';

const WAIT = 'AwaitMembers';

/** The time in which one member rewrote its file; milliseconds since the epoch. */
export interface Turn {
  name: string;
  leader: boolean;
  /** Bytes of the file before. */
  dbSize: number;
  startedMs: number;
  endedMs: number;
}

/** Defragmentations that somebody asked for. */
export class Defragmentations {
  readonly #records: OperationRecords;

  constructor(private readonly services: ClusterServices) {
    this.#records = new OperationRecords(services.client, () => this.#now());
  }

  /** Those of a cluster that are not over. */
  of(namespace: string): Operation[] {
    return this.services.world
      .list(berthResources.Operation, namespace)
      .filter(({ spec, status }) => spec.type === 'Defragment' && !isFinished(status));
  }

  /** Tells those who asked why it has not begun. */
  async wait(
    asked: readonly Operation[],
    { reason, message }: { reason: string; message: string },
  ): Promise<void> {
    const now = this.#now();
    const at = { startedMs: now.getTime(), endedMs: now.getTime() };
    const report = { name: WAIT, state: 'Waiting' as const, reason, message, ...at };
    for (const operation of asked)
      await this.#records.write(operation, advanceTimeline(operation.status ?? startTimeline(now), [report]));
  }

  /** Closes their records with what each member gained, in the order in which they had their turn. */
  async finish(asked: readonly Operation[], turns: readonly Turn[], after: Observation): Promise<void> {
    const now = this.#now();
    const sizes = new Map(after.members.map(({ name, status }) => [name, status?.dbSize]));
    const reports = turns.map(({ name, leader, dbSize, ...at }) => {
      const who = leader ? `${name}, the leader` : name;
      const message = `${who}: ${dbSize} -> ${sizes.get(name) ?? '?'} bytes`;
      return { name: `Defragment ${name}`, state: 'Done' as const, message, ...at };
    });
    for (const operation of asked) {
      const before = operation.status ?? startTimeline(now);
      const advanced = advanceTimeline(before, [...endedWaits(before, now), ...reports]);
      await this.#records.write(operation, finishTimeline(advanced, 'Succeeded', now));
    }
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}

function endedWaits({ steps }: OperationStatus, now: Date): StepReport[] {
  const at = { startedMs: now.getTime(), endedMs: now.getTime() };
  return steps.some(({ name }) => name === WAIT) ? [{ name: WAIT, state: 'Done', ...at }] : [];
}
