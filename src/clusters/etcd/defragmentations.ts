import { berthResources } from '../../model/kinds.js';
import type { Operation } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from '../../operations/timeline.js';
import type { ClusterServices } from '../scope.js';
import type { Observation } from './observation.js';

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
      const advanced = advanceTimeline(operation.status ?? startTimeline(now), reports);
      await this.#records.write(operation, finishTimeline(advanced, 'Succeeded', now));
    }
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}
