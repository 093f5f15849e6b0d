import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, settle } from '../../test/support/manual-clock.js';
import { BerthError } from '../core/errors.js';
import { createLogger, logContext } from '../core/logging.js';
import { Metrics } from '../core/metrics.js';
import { type Reconcile, Runner, type RunnerOptions } from './runner.js';
import { WorkQueue } from './work-queue.js';

let clock: ManualClock;
let queue: WorkQueue;
let metrics: Metrics;
let log: string[];

beforeEach(() => {
  clock = new ManualClock();
  queue = new WorkQueue({ clock, random: () => 0, backoff: { initialMs: 100, maxMs: 1_000 } });
  metrics = new Metrics();
  log = [];
});

function start(reconcile: Reconcile, options: Partial<RunnerOptions> = {}): Runner {
  const logger = createLogger({ destination: { write: (line) => void log.push(line) } });
  const runner = new Runner({ name: 'test', reconcile, queue, clock, metrics, logger, ...options });
  runner.start();
  return runner;
}

/** A reconcile that answers these in turn, and when it ran. */
function scripted(...results: (Awaited<ReturnType<Reconcile>> | Error)[]) {
  const ranAt: number[] = [];
  const begin = clock.now();
  const reconcile: Reconcile = async () => {
    ranAt.push(clock.now() - begin);
    const result = results.shift() ?? { kind: 'done' as const };
    if (result instanceof Error) throw result;
    return result;
  };
  return { ranAt, reconcile };
}

describe('a runner', () => {
  it('retries errors with backoff, which ends when it works', async () => {
    const error = new BerthError('Broken', 'broken');
    const { ranAt, reconcile } = scripted(
      { kind: 'error', error },
      error,
      { kind: 'done' },
      { kind: 'error', error },
    );
    start(reconcile);
    queue.add('a');
    await clock.advance(1_000);
    expect(ranAt).toEqual([0, 100, 300]);
    queue.add('a');
    await clock.advance(100);
    expect(ranAt).toEqual([0, 100, 300, 1_000, 1_100]);
  });

  it('comes again when told to', async () => {
    const { ranAt, reconcile } = scripted({ kind: 'requeue', afterMs: 5_000 });
    start(reconcile);
    queue.add('a');
    await clock.advance(60_000);
    expect(ranAt).toEqual([0, 5_000]);
  });

  it('does not retry what is wrong for good', async () => {
    const { ranAt, reconcile } = scripted({ kind: 'terminal', error: new BerthError('BadSpec', 'bad') });
    start(reconcile);
    queue.add('a');
    await clock.advance(60_000);
    expect(ranAt).toEqual([0]);
    expect(log.join('')).toContain('BadSpec');
  });

  it('survives what a reconcile throws, and counts it', async () => {
    const { ranAt, reconcile } = scripted(new TypeError('x is undefined'));
    start(reconcile);
    queue.add('a');
    await clock.advance(100);
    expect(ranAt).toEqual([0, 100]);
    const { body } = await metrics.expose();
    expect(body).toContain('controller_runtime_reconcile_panics_total{controller="test"} 1');
    expect(body).toContain('controller_runtime_reconcile_total{controller="test",result="error"} 1');
    expect(body).toContain('controller_runtime_reconcile_total{controller="test",result="success"} 1');
    expect(body).toContain('controller_runtime_active_workers{controller="test"} 0');
  });

  it('runs so many at once and no more', async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const reconcile: Reconcile = async () => {
      await new Promise<void>((resolve) => {
        open.push(resolve);
        most = Math.max(most, open.length);
      });
      return { kind: 'done' };
    };
    start(reconcile, { concurrency: 3 });
    for (const key of 'abcdef') queue.add(key);
    await settle();
    expect(most).toBe(3);
    expect(queue.length).toBe(3);
    for (const end of open) end();
  });

  it('aborts a reconcile that takes too long', async () => {
    const reasons: unknown[] = [];
    const reconcile: Reconcile = async (_key, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason);
      return { kind: 'done' };
    };
    start(reconcile, { timeoutMs: 2_000 });
    queue.add('a');
    await clock.advance(2_000);
    expect(reasons).toEqual([expect.objectContaining({ code: 'ReconcileTimeout', transient: true })]);
  });

  it('gives every reconcile an id that is in all it logs', async () => {
    const ids: string[] = [];
    start(async (key, { id, logger }) => {
      ids.push(id);
      expect(logContext()).toEqual({ reconcileID: id, key });
      logger.info('working');
      return { kind: 'done' };
    });
    queue.add('a');
    queue.add('b');
    await settle();
    expect(new Set(ids).size).toBe(2);
    expect(log.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { reconcileID: ids[0], key: 'a', controller: 'test', msg: 'working' },
      { reconcileID: ids[1], key: 'b' },
    ]);
  });

  it('drains when it stops: ends what is under way, begins nothing', async () => {
    const ended: string[] = [];
    let finish = () => {};
    const runner = start(async (key) => {
      await new Promise<void>((resolve) => (finish = resolve));
      ended.push(key);
      return { kind: 'done' };
    });
    queue.add('a');
    queue.add('b');
    await settle();
    const stopped = runner.stop();
    await clock.advance(9_000);
    expect(ended).toEqual([]);
    finish();
    await stopped;
    expect(ended).toEqual(['a']);
  });

  it('aborts what is under way when stopping takes too long', async () => {
    const runner = start(async (_key, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { kind: 'done' };
    });
    queue.add('a');
    await settle();
    const stopped = runner.stop(3_000);
    await clock.advance(3_000);
    await stopped;
  });
});
