import { berthResources } from '../../model/kinds.js';
import type { Operation } from '../../model/operation.js';
import { OperationRecords } from '../../operations/records.js';
import { advanceTimeline, finishTimeline, isFinished, startTimeline } from '../../operations/timeline.js';
import type { ClusterServices } from '../scope.js';
import type { Observation } from './observation.js';

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

  /** Closes their records with what each member gained. */
  async finish(asked: readonly Operation[], before: Observation, after: Observation): Promise<void> {
    const now = this.#now();
    const sizes = new Map(after.members.map(({ name, status }) => [name, status?.dbSize]));
    const at = { startedMs: now.getTime(), endedMs: now.getTime() };
    const reports = before.members.map(({ name, status }) => {
      const message = `${name}: ${status?.dbSize ?? '?'} -> ${sizes.get(name) ?? '?'} bytes`;
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
