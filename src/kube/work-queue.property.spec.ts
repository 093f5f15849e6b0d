import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { WorkQueue, type WorkItem } from './work-queue.js';

type Action =
  | { do: 'add'; key: string; priority: number; afterMs: number }
  | { do: 'take' }
  | { do: 'done'; which: number }
  | { do: 'advance'; ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    key,
    priority: fc.integer({ min: -2, max: 2 }),
    afterMs: fc.constantFrom(0, 0, 10, 100),
  }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('done' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(5, 50) }),
);

/** What the queue promises, in the plainest form. */
class Model {
  readonly waiting = new Map<string, { priority: number; readyAt: number }>();
  readonly held: string[] = [];

  add(name: string, priority: number, readyAt: number): void {
    const old = this.waiting.get(name);
    this.waiting.set(name, {
      priority: Math.max(priority, old?.priority ?? priority),
      readyAt: Math.min(readyAt, old?.readyAt ?? readyAt),
    });
  }

  /** Priorities of what may be handed out now. */
  ready(now: number): Map<string, number> {
    const free = [...this.waiting].filter(
      ([name, { readyAt }]) => readyAt <= now && !this.held.includes(name),
    );
    return new Map(free.map(([name, { priority }]) => [name, priority]));
  }
}

class Run {
  readonly clock = new ManualClock(0);
  readonly queue = new WorkQueue({ clock: this.clock });
  readonly model = new Model();
  #taking?: Promise<void>;

  async step(step: Action): Promise<void> {
    if (step.do === 'add') {
      this.model.add(step.key, step.priority, this.clock.now() + step.afterMs);
      this.queue.add(step.key, step);
    }
    if (step.do === 'take') this.#taking ??= this.queue.next().then((item) => this.#taken(item));
    if (step.do === 'done') this.#done(step.which);
    if (step.do === 'advance') await this.clock.advance(step.ms);
    await settle();
    this.check();
  }

  /** Gives back and takes all that is left. */
  async finish(): Promise<void> {
    for (let left = 50; left > 0; left--) {
      await this.step({ do: 'done', which: 0 });
      await this.step({ do: 'take' });
      await this.step({ do: 'advance', ms: 50 });
    }
  }

  check(): void {
    expect(this.queue.length).toBe(this.model.waiting.size);
    expect(this.queue.processing).toBe(this.model.held.length);
    // Nobody waits while there is something ready.
    if (this.#taking) expect(this.model.ready(this.clock.now()).size).toBe(0);
  }

  #taken(item: WorkItem | undefined): void {
    this.#taking = undefined;
    const ready = this.model.ready(this.clock.now());
    expect([...ready.keys()]).toContain(item!.key);
    expect(item!.priority).toBe(Math.max(...ready.values()));
    this.model.waiting.delete(item!.key);
    this.model.held.push(item!.key);
  }

  #done(which: number): void {
    const [name] = this.model.held.splice(which % Math.max(1, this.model.held.length), 1);
    if (name) this.queue.done(name);
  }
}

describe('a work queue', () => {
  it('keeps its promises whatever comes in whatever order, and loses no key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const run = new Run();
        for (const step of actions) await run.step(step);
        await run.finish();
        expect(run.queue.length).toBe(0);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
