import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { PRIORITY, WorkQueue, type WorkItem } from './work-queue.js';

let clock: ManualClock;
let queue: WorkQueue;

beforeEach(() => {
  clock = new ManualClock();
  queue = new WorkQueue({ clock, backoff: { initialMs: 100, maxMs: 1_000 } });
});

/** The keys that can be had now, in order; each is done at once. */
async function drain(): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    let item: WorkItem | undefined;
    void queue.next().then((next) => (item = next));
    await settle();
    if (!item) return keys;
    keys.push(item.key);
    queue.done(item.key);
  }
}

describe('a work queue', () => {
  it('hands out keys in the order they came, each once', async () => {
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect(await drain()).toEqual(['a', 'b', 'c']);
  });

  it('hands out urgent keys first', async () => {
    queue.add('resync', { priority: PRIORITY.low });
    queue.add('change');
    queue.add('urgent', { priority: 10 });
    expect(await drain()).toEqual(['urgent', 'change', 'resync']);
  });

  it('raises the priority and never lowers it', async () => {
    queue.add('a', { priority: PRIORITY.low });
    queue.add('b', { priority: PRIORITY.low });
    queue.add('b');
    queue.add('b', { priority: PRIORITY.low });
    expect(await drain()).toEqual(['b', 'a']);
  });

  it('brings the time forward and never puts it off', async () => {
    queue.add('a', { afterMs: 1_000 });
    queue.add('a', { afterMs: 200 });
    queue.add('a', { afterMs: 5_000 });
    const taken = queue.next();
    await clock.advance(199);
    expect(queue.processing).toBe(0);
    await clock.advance(1);
    expect(await taken).toMatchObject({ key: 'a' });
  });

  it('waits for months without asking for a timer that Node does not have', async () => {
    const asked: number[] = [];
    const after = clock.after.bind(clock);
    clock.after = (ms, callback) => {
      asked.push(ms);
      return after(ms, callback);
    };
    const days = 86_400_000;
    queue.add('backup', { afterMs: 30 * days });
    const taken = queue.next();
    await clock.advance(30 * days - 1);
    expect(queue.processing).toBe(0);
    await clock.advance(1);
    expect(await taken).toMatchObject({ key: 'backup' });
    expect(asked).toHaveLength(2);
    expect(Math.max(...asked)).toBeLessThan(2 ** 31);
  });

  it.each(['while a worker has it', 'right after'])('lets a key rest that is added %s', async (when) => {
    queue = new WorkQueue({ clock, restMs: 50 });
    queue.add('a');
    await queue.next();
    if (when === 'while a worker has it') queue.add('a');
    queue.done('a');
    queue.add('a');
    queue.add('b');
    expect(await queue.next()).toMatchObject({ key: 'b' });
    const again = queue.next();
    await clock.advance(49);
    expect(queue.processing).toBe(1);
    await clock.advance(1);
    expect(await again).toMatchObject({ key: 'a', waitedMs: 0 });
    queue.done('a');
    await clock.advance(50);
    queue.add('a');
    expect(await queue.next()).toMatchObject({ key: 'a' });
  });

  it('never gives a key to two workers, and gives it again when it was added meanwhile', async () => {
    queue.add('a');
    const first = await queue.next();
    queue.add('a');
    queue.add('a');
    const second = queue.next();
    await settle();
    expect(queue.processing).toBe(1);
    queue.done(first!.key);
    expect(await second).toMatchObject({ key: 'a' });
    queue.done('a');
    expect(await drain()).toEqual([]);
  });

  it('waits longer after every failure of a key, until it is forgotten', async () => {
    expect([queue.retry('a'), queue.retry('a'), queue.retry('b')]).toEqual([100, 200, 100]);
    expect(queue.failures('a')).toBe(2);
    queue.forget('a');
    expect(queue.retry('a')).toBe(100);
  });

  it('tells how long a key had been ready', async () => {
    queue.add('a');
    await clock.advance(300);
    expect((await queue.next())?.waitedMs).toBe(300);
  });

  it('sends workers home when it is closed, and takes no more', async () => {
    const idle = queue.next();
    queue.add('later', { afterMs: 1_000 });
    queue.close();
    queue.add('too-late');
    expect(await idle).toBeUndefined();
    expect(await queue.next()).toBeUndefined();
    expect(queue.length).toBe(0);
  });
});
